// A certified OpenID Connect provider, as it is, with one client. Whoever signs in as NAME has the verified address
// NAME@example.com. Arguments: port, redirect URL. Prints a line when it listens.

import { Provider } from 'oidc-provider';

const [port, redirectUrl] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'gatehouse', client_secret: 'the secret of the client', redirect_uris: [redirectUrl] }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: ['a key for cookies'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: `${id} of Example` }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
