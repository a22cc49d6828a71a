import type { Page } from '@playwright/test';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access/import`;

/** The exported JSON of a search, edited. */
async function edited(page: Page, word: string, edit: (member: Record<string, unknown>) => void): Promise<Buffer> {
  const answer = await page.request.get(`/o/${ORG}/access/export.json?q=${word}`);
  const file = (await answer.json()) as { members: Record<string, unknown>[] };
  for (const member of file.members) edit(member);
  return Buffer.from(JSON.stringify(file));
}

test('an edited download shows its plan, is applied once, and is undone', async ({ page, open, api }) => {
  const word = unique('import');
  const lab = await api.provider(`Lab ${word}`);
  const people: { member: number }[] = [];
  for (const name of ['Ada', 'Bea', 'Cid']) people.push(await api.join(`${name} ${word}`, `${name.toLowerCase()}-${word}@example.com`));
  await open(path);
  const buffer = await edited(page, word, (member) => {
    member.providers = String(member.name).startsWith('Cid') ? [{ name: `Labb ${word}` }] : [{ name: `Lab ${word}` }];
  });
  // Somebody else is quicker with one of them, in another way.
  await api.call('set_role', { member: people[1]?.member, version: (await api.row(people[1]?.member ?? 0)).version, role: 'auditor' });
  await page.getByLabel('File').setInputFiles({ name: 'members.json', mimeType: 'application/json', buffer });
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('heading', { name: '2 rows will change' })).toBeVisible();
  await expect(page.getByRole('group', { name: 'What cannot be done' })).toContainText(
    `Allowed providers: unknown provider “Labb ${word}”. Did you mean “Lab ${word}”?`,
  );
  const row = page.getByRole('row', { name: new RegExp(`Ada ${word}`) });
  await expect(row).toContainText(`Allow Lab ${word}`);

  await page.getByRole('button', { name: 'Change 2 rows' }).click();
  await expect(page.getByText('2 rows changed.')).toBeVisible();
  const has = async (person: number) => JSON.stringify((await api.row(people[person]?.member ?? 0)).providers);
  expect(await has(0)).toContain(`Lab ${word}`);
  expect(await has(2)).not.toContain(`Lab ${word}`);

  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByText('Undone for 2 rows.')).toBeVisible();
  expect(await has(0)).not.toContain(`Lab ${word}`);
  expect(lab.id).toBeGreaterThan(0);
});

test('a file is planned and applied by plain forms, and what is no export is refused in words @nojs', async ({ page, open, api, errors }) => {
  errors.allow(status(422));
  const word = unique('plain');
  const person = await api.join(`Ada ${word}`, `ada-${word}@example.com`);
  await open(path);
  const buffer = await edited(page, word, (member) => {
    member.role = 'auditor';
  });
  const choose = (content: Buffer) =>
    page.getByLabel('File').setInputFiles({ name: 'members.json', mimeType: 'application/json', buffer: content });
  await choose(Buffer.from('Ada,auditor'));
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('alert')).toContainText('This is neither an XLSX spreadsheet nor a JSON file.');
  await choose(buffer);
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('heading', { name: '1 row will change' })).toBeVisible();
  if (await page.getByText('choose the same file again').isVisible()) await choose(buffer);
  await page.getByRole('button', { name: 'Change 1 row' }).click();
  await expect(page.getByText('1 row changed.')).toBeVisible();
  expect((await api.row(person.member)).role).toBe('auditor');
});
