/** The write that keeps what became of a delivery, on its source's own stream. */

import type { PlannedWrite } from '../commit.ts';
import { planeProject } from '../commit.ts';
import { sourceStream } from '../streams.ts';
import type { Delivered } from './delivery.ts';

export const deliveryWrite = (data: Delivered): PlannedWrite => ({
  stream: sourceStream(data.source),
  events: [{ type: 'delivery.received', data }],
  project: planeProject,
  lineage: {},
});
