/** What somebody tried to do who may not, in words: "approve `m-1`". */

const verbs: Readonly<Record<string, string>> = {
  createProject: 'create a project',
  listProjects: 'list projects',
  propose: 'propose a mandate',
  listMandates: 'list mandates',
  getMandate: 'read',
  getOperation: 'read the operation',
  stopAll: 'stop the work of others',
  signal: 'report a signal',
  listSignals: 'list signals',
  addSource: 'add a source of signals',
  listSources: 'list sources of signals',
  removeSource: 'remove a source of signals',
  getReceipt: 'read the receipt',
  listReceipts: 'list receipts',
  registerPoint: 'register an enforcement point',
  leavePoint: 'sign off an enforcement point',
  acknowledge: 'acknowledge a stop',
  redeem: 'redeem a permit',
  issueCredential: 'issue a credential for',
  audit: 'read the audit log',
  verify: 'verify the journal',
  events: 'follow the change stream',
  delegate: 'hand on parts of',
  begin: 'begin an operation',
  approveAction: 'approve an action under',
  vouch: 'have answers vouched for as',
  listKeys: 'list the keys',
  rotateKey: 'rotate a key',
  retireKey: 'retire key',
  erase: 'erase data from the journal',
  waiting: 'read what waits for people',
  askApproval: 'ask for a yes to an action',
  getApproval: 'read the approval',
  giveApproval: 'say yes to',
  refuseApproval: 'refuse',
  evidence: 'read the evidence of',
  verifyEvidence: 'verify the evidence of',
  addPerson: 'add a person',
  listPeople: 'list people',
  grantRoles: 'give roles to',
  removePerson: 'remove',
  renewToken: 'get a token of',
  visitorToken: 'be shown to another plane',
};

/** The words for a route by its name, and its target where there is one. */
export function attemptWords(route: string, target: string | null): string {
  const verb = verbs[route] ?? route.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return target === null ? verb : `${verb} \`${target}\``;
}
