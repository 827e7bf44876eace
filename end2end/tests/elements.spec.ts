// A model with every element of BPMN: deployed, started, shown with what it waits for.
import { resolve } from 'node:path';
import { expect, test } from '../support/fixtures';
import { isLive, signedIn } from '../support/story';

const MODEL = resolve(__dirname, '..', '..', 'core', 'tests', 'models', 'every_element.bpmn');

test('a model with every element runs, and says what it waits for', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.goto('/deploy');
  await admin.getByLabel('Choose files or drop them here').setInputFiles(MODEL);
  await admin.getByRole('button', { name: 'Deploy', exact: true }).click();
  await expect(admin.getByText(/Version \d+ is live/)).toBeVisible();

  await admin.goto('/processes/every-element');
  const diagram = admin.getByRole('group', { name: /^Diagram of / });
  await expect(diagram.getByRole('link', { name: 'Too late' })).toBeVisible();
  await expect(diagram.getByRole('link', { name: 'Ad-hoc sub-process' })).toBeVisible();

  await admin.goto('/processes/every-element/start');
  await admin.getByRole('button', { name: /^Start/ }).click();
  await expect(admin).toHaveURL(/\/instances\//);
  await isLive(admin);
  await expect(admin.getByRole('heading', { name: 'Waits for' })).toBeVisible();
  await expect(admin.getByText('Too late at Look at it')).toBeVisible();
  await expect(diagram.getByLabel('Look at it, the instance is here')).toBeVisible();
});
