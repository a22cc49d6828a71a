import { status } from '../support/guard';
import { ORG, expect, test, unique } from '../support/test';

test('a template is created, applied to those who match, and undone @nojs', async ({ page, api, open, errors }) => {
  errors.allow(status(422));
  const [name, word, team] = [unique('New'), unique('tina'), unique('Team')];
  await api.join(word, `${word}@example.com`);
  await api.team(team);
  await open(`/o/${ORG}/templates`);
  const form = page.locator('form').filter({ has: page.getByRole('button', { name: 'Create template' }) });
  await form.getByRole('textbox', { name: 'Name' }).fill(name);
  await form.getByLabel('Providers expire after days').fill('30');
  await form.getByRole('checkbox', { name: team }).check();
  await form.getByRole('button', { name: 'Create template' }).click();
  // What was typed stays.
  await expect(form.getByText('Choose providers that expire, or leave this empty.')).toBeVisible();
  await expect(form.getByRole('checkbox', { name: team })).toBeChecked();
  await form.getByLabel('Providers expire after days').fill('');
  await form.getByRole('button', { name: 'Create template' }).click();
  await expect(page.getByText('Template created.')).toBeVisible();

  await page.getByRole('link', { name: `Apply… ${name}` }).click();
  await page.getByRole('searchbox', { name: 'Members' }).fill(word);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: 'Apply to 1 row' }).click();
  await expect(page.getByText('1 row changed.')).toBeVisible();
  expect((await api.rows(word)).map((row) => row.teams.map((one) => one.name))).toEqual([[team]]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Undone for 1 row.')).toBeVisible();
});
