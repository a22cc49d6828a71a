// Names, teams and providers as long and as many as they come.

import type { Api } from './api';
import { unique } from './test';

/** Somebody with an address, teams and providers as long and as many as they come; the rows beside theirs are as usual. */
export async function crowd(api: Api): Promise<string> {
  const word = unique('w');
  const teams: number[] = [];
  for (let i = 0; i < 12; i++) teams.push((await api.team(`${word} Interdisciplinary working group ${i}`)).id);
  const long = `${word}.${'a.rather.long.local.part'.repeat(2)}`.slice(0, 60);
  const email = `${long}@a-department.of-a-university.example.com`;
  const { member } = await api.join('Maximiliane-Alexandra von und zu Hohenstein-Wittgenstein', email, 'auditor', teams);
  const providers: number[] = [];
  for (let i = 0; i < 15; i++) {
    const more = { base_url: `https://${word}-${i}.inference.eu-central-1.models.example.com/openai/deployments/v1` };
    providers.push((await api.provider(`${word} Sovereign inference cluster ${i} (Frankfurt, second site)`, more)).id);
  }
  await api.allow(member, providers);
  return email;
}
