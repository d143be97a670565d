/** What the application answers: a handler by method and path. Each takes the JSON body and gives `{ status, body }`. */
export function routes({ users, sessions }) {
  return {
    'POST /login': ({ name, password }) =>
      users.passwordMatches(name, password)
        ? { status: 200, body: { token: sessions.open(name) } }
        : { status: 401, body: { error: 'wrong name or password' } },
    'POST /whoami': ({ token }) => {
      const session = sessions.find(token);
      return session
        ? { status: 200, body: { name: session.name } }
        : { status: 401, body: { error: 'not signed in' } };
    },
  };
}
