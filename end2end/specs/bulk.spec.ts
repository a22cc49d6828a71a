import { AccessPage } from '../support/access';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

test('many are selected with shift, changed after a preview, and put back except what was changed since', async ({
  page,
  open,
  api,
}) => {
  const word = unique('bulk');
  const names = ['Ada', 'Bea', 'Cid', 'Dan'];
  const people = [];
  for (const name of names) people.push(await api.join(`${name} ${word}`, `${name.toLowerCase()}-${word}@example.com`));
  await api.invite(`inv-${word}@example.com`);
  const lab = await api.provider(`Lab ${word}`);
  await open(path);
  const access = new AccessPage(page);
  await access.search.fill(word);
  await expect(access.rows).toHaveCount(5);
  await access.settled();
  const box = (name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
  await box(`Ada ${word}`).click();
  await box(`Cid ${word}`).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('region', { name: 'Selection' });
  await expect(bar.getByRole('status')).toHaveText('3 selected');
  await bar.getByRole('button', { name: 'Select all 5' }).click();
  await expect(bar.getByRole('status')).toHaveText('All 5 selected');

  await bar.getByRole('button', { name: 'Change…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change 5 rows' });
  await dialog.getByText(`Lab ${word}`).click();
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await expect(dialog.getByRole('status').first()).toContainText('4 rows will change');
  await expect(dialog.getByText(`Allow Lab ${word}: 4 rows. 1 cannot: has not joined yet.`)).toBeVisible();
  await expect(dialog.getByRole('group', { name: 'What cannot be done' })).toContainText(`inv-${word}@example.com`);
  // Somebody else is quicker with one of them: it is shown again before anything is done.
  await api.allow(people[3]?.member ?? 0, [lab.id]);
  await dialog.getByRole('button', { name: 'Change 4 rows' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Something changed since the preview');
  await dialog.getByRole('button', { name: 'Change 3 rows' }).click();
  await expect(dialog).toBeHidden();
  const notice = page.getByText('3 rows changed.');
  await expect(notice).toBeVisible();
  await expect(access.row(`ada-${word}@example.com`)).toContainText(`Lab ${word}`);

  // One is changed since, and keeps what it has.
  const bea = people[1]?.member ?? 0;
  await api.call('set_providers', {
    member: bea,
    change: { version: (await api.row(bea)).version, added: [], removed: [lab.id] },
  });
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByText('Undone for 2 rows; 1 row left as it is now:')).toBeVisible();
  await expect(page.getByText(`Bea ${word}: has been changed since`)).toBeVisible();
  await expect(access.row(`ada-${word}@example.com`)).not.toContainText(`Lab ${word}`);
  await expect(access.row(`dan-${word}@example.com`)).toContainText(`Lab ${word}`);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('rows are selected, changed after a preview, and put back by forms', async ({ page, open, api }) => {
    const word = unique('forms');
    const ada = await api.join(`ada ${word}`, `ada-${word}@example.com`);
    await api.join(`bea ${word}`, `bea-${word}@example.com`);
    const lab = await api.provider(`Lab ${word}`);
    const access = new AccessPage(page);
    const allowLab = async (button: string): Promise<void> => {
      await page.getByRole('button', { name: button }).click();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('checkbox', { name: `Lab ${word}` }).check();
      await page.getByRole('button', { name: 'Preview' }).click();
    };
    await open(`${path}?q=${word}`);
    await page.getByRole('checkbox', { name: `Select ada ${word}` }).check();
    await allowLab('Change selected…');
    await expect(page.getByText(`Allow Lab ${word}: 1 row.`)).toBeVisible();
    await page.getByRole('button', { name: 'Change 1 row' }).click();
    await expect(page.getByText('1 row changed.')).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('Undone for 1 row.')).toBeVisible();

    await open(`${path}?q=${word}`);
    await expect(access.row(`ada-${word}@example.com`)).not.toContainText(`Lab ${word}`);
    await allowLab('Change all that match…');
    await expect(page.getByText(`Allow Lab ${word}: 2 rows.`)).toBeVisible();
    // Somebody else is quicker with one of them: it is shown again before anything is done.
    await api.allow(ada.member, [lab.id]);
    await page.getByRole('button', { name: 'Change 2 rows' }).click();
    await expect(page.getByText('Something changed since the preview.')).toBeVisible();
    await page.getByRole('button', { name: 'Change 1 row' }).click();
    await expect(page.getByText('1 row changed.')).toBeVisible();
    await open(`${path}?q=${word}`);
    await expect(access.row(`bea-${word}@example.com`)).toContainText(`Lab ${word}`);
  });
});
