// Everything that people need works before, and without, the browser code.
import { expect, test } from '../support/fixtures';
import {
  applyForLoan, approve, checkDocuments, openInstance, signedIn, startLoan, take, verifyIdentity,
} from '../support/story';

const plain = { javaScriptEnabled: false } as const;

test('a loan goes from the start form to the payout without scripts', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia, plain);
  const key = await applyForLoan(sofia);
  const ben = await signedIn(browser, spartito, house.ben, plain);
  await expect(async () => {
    await ben.goto('/tasks?view=groups');
    await expect(ben.getByRole('button', { name: `Take it: Verify identity ${key}` })).toBeVisible({ timeout: 200 });
  }).toPass();
  await verifyIdentity(ben, key);
  await checkDocuments(ben, key);
  const ursula = await signedIn(browser, spartito, house.ursula, plain);
  await approve(ursula, key);
  await expect(async () => {
    await sofia.reload();
    await expect(sofia.getByText(/Completed after/)).toBeVisible({ timeout: 200 });
  }).toPass();
});

test('a refused form shows its errors and keeps what was typed without scripts', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia, plain);
  await sofia.goto('/processes');
  await startLoan(sofia).click();
  await sofia.getByLabel('Applicant', { exact: true }).fill('Half an applicant');
  await sofia.getByLabel('Amount', { exact: true }).fill('seven');
  await sofia.getByRole('button', { name: 'Submit application' }).click();
  await expect(sofia.getByRole('alert').first()).toContainText('things to correct');
  await expect(sofia.getByLabel('Applicant', { exact: true })).toHaveValue('Half an applicant');
  await expect(sofia.getByLabel('Amount', { exact: true })).toHaveValue('seven');
});

test('a decision without what it requires says so without scripts', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia, plain);
  const key = await applyForLoan(sofia, {
    Applicant: 'Marta Keller', Amount: '24000', Term: '48', 'Net income a month': '3900',
  });
  const ben = await signedIn(browser, spartito, house.ben, plain);
  await verifyIdentity(ben, key);
  await checkDocuments(ben, key);
  const ursula = await signedIn(browser, spartito, house.ursula, plain);
  await take(ursula, 'Decide', key);
  await ursula.getByRole('button', { name: 'Decline' }).click();
  await expect(ursula.getByRole('alert').first()).toContainText(/comment/i);
  const admin = await signedIn(browser, spartito, house.admin, plain);
  await openInstance(admin, key);
  await expect(admin.getByText(/Decide has been with Ursula Weiss/)).toBeVisible();
});

test('an instance, and all of a process, are paused and resumed without scripts', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia, plain);
  const key = await applyForLoan(sofia);
  const admin = await signedIn(browser, spartito, house.admin, plain);
  const press = (name: string) => admin.getByRole('button', { name, exact: true }).click();
  await openInstance(admin, key);
  await press('Pause…');
  await admin.getByRole('dialog', { name: 'Pause this instance?' }).getByLabel('Reason').fill('The papers are being looked at');
  await press('Pause the instance');
  await expect(admin.getByText('Paused: nothing happens until it is resumed.')).toBeVisible();
  await expect(admin.getByText('“The papers are being looked at”').first()).toBeVisible();
  await press('Resume…');
  await press('Resume the instance');
  await expect(admin.getByRole('button', { name: 'Pause…' })).toBeVisible();
  await admin.goto('/processes/loan-application');
  await press('Pause all…');
  await press('Pause all');
  await expect(admin.getByText(/^Paused by Ada Adler/)).toBeVisible();
  await press('Resume all…');
  await press('Resume all');
  await expect(admin.getByRole('button', { name: 'Pause all…' })).toBeVisible();
});

test('how long finished instances of all processes are kept is set without scripts', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin, plain);
  const press = (name: string) => admin.getByRole('button', { name, exact: true }).click();
  const keep = async (how: string, days: string) => {
    await admin.goto('/upkeep');
    await press('Change how long');
    await admin.getByLabel('Keep them').selectOption(how);
    await admin.getByLabel('Days').fill(days);
    await press('Set');
  };
  await keep('For some days after their end', '3650');
  await expect(admin.getByText('They are removed 3,650 days after their end.')).toBeVisible();
  await keep('For ever', '');
  await expect(admin.getByText('They are kept for ever.')).toBeVisible();
});
