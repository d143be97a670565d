import { createSessions } from './sessions.js';
import { createUsers } from './users.js';
import { routes } from './routes.js';
import { serve } from './server.js';

const users = createUsers();
users.add('ada', 'lovelace');
const server = serve(routes({ users, sessions: createSessions() }));
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
  console.log(`harbour on port ${server.address().port}`),
);
