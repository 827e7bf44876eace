// The seed story: three people take a loan from the start form to the payout.
import { expect, test } from '../support/fixtures';
import {
  applyForLoan, approve, checkDocuments, isLive, openInstance, signedIn, take, verifyIdentity,
} from '../support/story';

test('three people take a loan from the start form to the payout', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  await isLive(sofia);

  const ben = await signedIn(browser, spartito, house.ben);
  await verifyIdentity(ben, key);
  await checkDocuments(ben, key);

  // Sofia has not reloaded: her page follows by itself.
  await expect(sofia.getByText(/Decide has waited .+ to be taken/)).toBeVisible();

  const ursula = await signedIn(browser, spartito, house.ursula);
  await approve(ursula, key);

  await expect(sofia.getByText(/Completed after/)).toBeVisible();
  await expect(sofia.getByText('Payment id')).toBeVisible();
});

test('a second claim is refused with the name of the holder', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  // The administrator may take every task; without scripts the button on the page grows stale.
  const admin = await signedIn(browser, spartito, house.admin, { javaScriptEnabled: false });
  await admin.goto('/tasks?view=groups');
  const stale = admin.getByRole('button', { name: `Take it: Verify identity ${key}` });
  await expect(stale).toBeVisible();

  const ben = await signedIn(browser, spartito, house.ben);
  await take(ben, 'Verify identity', key);

  await stale.click();
  await expect(admin.getByRole('alert')).toContainText('Ben Okafor');
});

test('a form that lacks something says so at the field and keeps what was typed', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  const ben = await signedIn(browser, spartito, house.ben);
  await take(ben, 'Check documents', key);
  await ben.getByLabel('Income the documents support').fill('a lot');
  await ben.getByRole('button', { name: 'Documents are complete' }).click();
  await expect(ben.getByRole('alert').first()).toContainText('things to correct');
  await expect(ben.getByLabel('Income the documents support')).toHaveValue('a lot');
  await expect(ben.getByLabel('Income the documents support')).toHaveAttribute('aria-invalid', 'true');
});

test('a draft waits for the person who saved it', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  const ben = await signedIn(browser, spartito, house.ben);
  await take(ben, 'Verify identity', key);
  await ben.getByLabel('Document number').fill('HALF-TYPED');
  await ben.getByRole('button', { name: 'Save draft' }).click();
  await expect(ben.getByText('Draft kept')).toBeVisible();
  await ben.reload();
  await expect(ben.getByLabel('Document number')).toHaveValue('HALF-TYPED');
});

test('an outside system that is down becomes an incident, and a retry goes on', async ({ browser, spartito, house }) => {
  test.slow();
  await spartito.controlSandbox({ mode: 'down' });
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  const admin = await signedIn(browser, spartito, house.admin);
  await openInstance(admin, key);
  const incident = admin.getByRole('region', { name: 'Open incidents' });
  await expect(incident).toContainText('Credit score', { timeout: 30_000 });
  await expect(incident).toContainText('503');
  await spartito.controlSandbox({ mode: 'ok' });
  await incident.getByRole('button', { name: 'Retry' }).click();
  await expect(admin.getByText('Fixed: the step went on.')).toBeVisible();
  await expect(incident).toHaveCount(0);
  await expect(admin.getByText(/Verify identity has waited .+ to be taken/)).toBeVisible();
});

test('all incidents that match are retried at once, and each says what came of it', async ({ browser, spartito, house }) => {
  test.slow();
  await spartito.controlSandbox({ mode: 'down' });
  const sofia = await signedIn(browser, spartito, house.sofia);
  const keys = [await applyForLoan(sofia), await applyForLoan(sofia)];
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.goto('/instances');
  await admin.getByRole('link', { name: 'Incidents', exact: true }).click();
  const list = admin.getByRole('table', { name: 'Open incidents' });
  for (const key of keys) {
    await expect(list.getByRole('link', { name: key })).toBeVisible({ timeout: 60_000 });
  }
  await spartito.controlSandbox({ mode: 'ok' });
  await admin.getByLabel('Kind').selectOption({ label: 'No attempts left' });
  await admin.getByRole('button', { name: 'Show' }).click();
  await expect(admin).toHaveURL(/kind=RETRIES_EXHAUSTED/);
  await admin.getByRole('button', { name: /^Retry all that match/ }).click();
  await expect(admin).toHaveURL(/\/batches\//);
  await expect(admin.getByText(/^All were tried: \d+ fixed\.$/)).toBeVisible({ timeout: 30_000 });
  const fixed = admin.getByRole('table', { name: 'Fixed' });
  for (const key of keys) await expect(fixed.getByRole('link', { name: key })).toBeVisible();
});

test('an instance can be canceled with a reason that stays readable', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  const admin = await signedIn(browser, spartito, house.admin);
  await openInstance(admin, key);
  await admin.getByRole('button', { name: 'Cancel…' }).click();
  await admin.getByRole('dialog', { name: 'Cancel this instance?' }).getByLabel('Reason').fill('The applicant withdrew');
  await admin.getByRole('button', { name: 'Cancel the instance' }).click();
  await expect(admin.getByText('“The applicant withdrew”')).toBeVisible();
});
