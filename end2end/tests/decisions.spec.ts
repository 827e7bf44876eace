// Decisions: reading them, trying them out, finding where they were used, changing them.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { applyForLoan, isLive, openInstance, signedIn } from '../support/story';

const MODEL = resolve(__dirname, '..', '..', 'examples', 'loan-application', 'loan-risk.dmn');

/** The row of a rule. */
const rule = (page: Page, number: number) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: new RegExp(`^${number}( ?matches)?$`) }) });

/** What the trial says. */
const answer = (page: Page) => page.getByRole('region', { name: 'Try it' }).getByRole('status').first();

/** Fills in the inputs of *Risk class*. */
async function weigh(page: Page, score: string, income: string): Promise<void> {
  await page.getByLabel('Score').fill(score);
  await page.getByLabel('Amount').fill('24000');
  await page.getByLabel('Term').fill('48');
  await page.getByLabel('Income').fill(income);
}

test('the list tells what calls a decision and leads to its table', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.getByRole('navigation', { name: 'Places', exact: true }).getByRole('link', { name: 'Decisions' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Decisions' })).toBeVisible();
  const called = admin.getByRole('row').filter({ hasText: 'Loan assessment' });
  await expect(called.getByRole('link', { name: 'Loan application' })).toBeVisible();
  await admin.getByRole('link', { name: 'Risk class' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Risk class' })).toBeVisible();
  await expect(admin.getByText('“How risky is the loan?”')).toBeVisible();
  await expect(admin.getByRole('table', { name: /at most one rule may match/ })).toBeVisible();
  await expect(rule(admin, 8)).toContainText('Pays reliably, but the burden is heavy');
});

test('the rule that matches lights up as one types, and the address keeps the answers', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.goto('/decisions/RiskClass');
  await isLive(admin);
  const texts = admin.waitForResponse((response) => response.url().includes('/call/decisions/texts'));
  await weigh(admin, '612', '3900');
  await texts;
  await expect(answer(admin)).toContainText('medium');
  await expect(rule(admin, 4)).toContainText('matches');
  // From here on the browser decides by itself.
  const asked: string[] = [];
  admin.on('request', (request) => {
    if (request.url().includes('/call/decisions/try')) asked.push(request.url());
  });
  await expect(async () => {
    await admin.getByLabel('Score').fill('611');
    await admin.getByLabel('Score').fill('480');
    await expect(answer(admin)).toContainText('too high', { timeout: 500 });
  }).toPass();
  asked.length = 0;
  await admin.getByLabel('Score').fill('750');
  await expect(rule(admin, 6)).toContainText('matches');
  await expect(rule(admin, 4)).not.toContainText('matches');
  await expect(admin.getByRole('list', { name: 'Decisions on the way' })).toContainText('0.128');
  expect(asked).toEqual([]);
  await expect(admin).toHaveURL(/in\.score=750/);
  await admin.reload();
  await expect(admin.getByLabel('Score')).toHaveValue('750');
  await expect(rule(admin, 6)).toContainText('matches');
});

test('an answer that cannot be read is named, and so is what is not given yet', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.goto('/decisions/RiskClass');
  await isLive(admin);
  await admin.getByLabel('Score').fill('good');
  const trial = admin.getByRole('region', { name: 'Try it' });
  await expect(trial).toContainText('“good” is not a number');
  await expect(trial).toContainText('Not given yet: Amount, Term, Income.');
});

test('a decision is tried out without scripts, and the address can be sent around', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin, { javaScriptEnabled: false });
  await admin.goto('/decisions/RiskClass');
  await weigh(admin, '612', '1200');
  await admin.getByRole('button', { name: 'Try it' }).click();
  await expect(answer(admin)).toContainText('high');
  await expect(rule(admin, 5)).toContainText('matches');
  const sent = await signedIn(browser, spartito, house.admin, { javaScriptEnabled: false });
  await sent.goto(admin.url());
  await expect(sent.getByLabel('Income')).toHaveValue('1200');
  await expect(rule(sent, 5)).toContainText('matches');
});

test('a loan shows why it was decided so, and the decision where it was used', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  const admin = await signedIn(browser, spartito, house.admin);
  await openInstance(admin, key);
  const made = admin.getByRole('region', { name: 'Decisions' });
  await expect(made.getByRole('link', { name: 'Loan assessment' })).toBeVisible({ timeout: 30_000 });
  await made.getByText('How it was decided').click();
  await expect(made.getByRole('listitem').filter({ hasText: 'Burden' }).first()).toContainText('0.128');
  await made.getByRole('link', { name: /^Rule \d$/ }).first().click();
  await expect(admin).toHaveURL(/\/decisions\/RiskClass\?version=1&rule=\d/);
  const uses = admin.getByRole('region', { name: 'Where it was used' });
  await expect(uses.getByRole('link', { name: key })).toBeVisible();
  await expect(admin.getByRole('link', { name: /^Rule \d decided .+ of the last 7 days/ }).first()).toBeVisible();
  await uses.getByRole('link', { name: key }).click();
  await expect(admin.getByRole('heading', { level: 1, name: key })).toBeVisible();
});

test('a changed table that is deployed decides the next loan', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin);
  const deploy = async (text: string, version: number): Promise<void> => {
    await admin.goto('/deploy');
    await admin.getByLabel('Choose files or drop them here').setInputFiles({
      name: 'loan-risk.dmn', mimeType: 'application/xml', buffer: Buffer.from(text),
    });
    await admin.getByRole('button', { name: 'Deploy', exact: true }).click();
    await expect(admin.getByText(`Version ${version} decides from the next instance on.`)).toBeVisible();
  };
  const original = readFileSync(MODEL, 'utf8');
  const strict = original
    .replace(/<text>"(low|medium)"<\/text><\/outputEntry>/g, '<text>"high"</text></outputEntry>')
    .replace('The usual case', 'Nobody is trusted');
  await deploy(strict, 2);

  await admin.goto('/decisions/RiskClass');
  await expect(admin.getByRole('link', { name: 'Version 2' })).toHaveAttribute('aria-current', 'true');
  await expect(rule(admin, 4)).toContainText('Nobody is trusted');

  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  await openInstance(admin, key);
  const made = admin.getByRole('region', { name: 'Decisions' });
  await expect(made).toContainText('version 2', { timeout: 30_000 });
  await expect(made).toContainText('Risk class: high');

  await admin.goto('/decisions/RiskClass?version=1');
  await expect(admin.getByText('Version 2 decides now.')).toBeVisible();
  await expect(rule(admin, 4)).toContainText('The usual case');

  // Other tests may share this server.
  await deploy(original, 3);
});
