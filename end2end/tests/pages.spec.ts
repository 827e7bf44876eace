// Every page at two widths and in both themes: no accessibility finding, no sideways scroll, no
// word in the console; a screenshot of each is kept as an artifact.
import AxeBuilder from '@axe-core/playwright';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import type { Spartito } from '../support/spartito';
import { applyForLoan, checkDocuments, isLive, signedIn, take, verifyIdentity, type House } from '../support/story';

const ARTIFACTS = resolve(__dirname, '..', 'artifacts');
const WIDTHS = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];
const THEMES = ['light', 'dark'] as const;

/** Pages that show nothing that changes by itself. */
const STILL = [
  'sign-in', 'start', 'deploy', 'people', 'upkeep', 'account', 'forbidden', 'upkeep-forbidden', 'not-found', 'no-such-page',
];

/** Waits until the browser code has taken over. */
async function isAlive(page: Page, still: boolean): Promise<void> {
  if (still) await page.waitForLoadState('networkidle');
  else await isLive(page);
}

/** Addresses of all pages, with things on them. */
async function world(browser: Parameters<typeof signedIn>[0], spartito: Spartito, house: House) {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const ben = await signedIn(browser, spartito, house.ben);
  const ursula = await signedIn(browser, spartito, house.ursula);
  const keys: string[] = [];
  for (const applicant of ['Marta Keller', 'Amira Haddad', 'Elena Rossi', 'Jonas Lindqvist']) {
    keys.push(await applyForLoan(sofia, {
      Applicant: applicant, Amount: '24000', Term: '48', 'Net income a month': '3900',
    }));
  }
  for (const key of keys.slice(0, 2)) {
    await verifyIdentity(ben, key);
    await checkDocuments(ben, key);
  }
  await verifyIdentity(ben, keys[2]!);
  await spartito.controlSandbox({ mode: 'down' });
  await applyForLoan(sofia, { Applicant: 'Pavel Novak', Amount: '9000', Term: '24', 'Net income a month': '2800' });
  const troubled = new URL(sofia.url()).pathname;
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.goto(troubled);
  await expect(admin.getByRole('region', { name: 'Open incidents' })).toBeVisible({ timeout: 30_000 });
  await admin.goto('/incidents');
  await admin.getByRole('button', { name: 'Retry the one that matches' }).click();
  await expect(admin.getByText(/^All were tried, and none went on: 1 failed again/)).toBeVisible({ timeout: 60_000 });
  const batch = new URL(admin.url()).pathname;
  await spartito.controlSandbox({ mode: 'ok' });
  await take(ursula, 'Decide', keys[0]!);
  const task = new URL(ursula.url()).pathname;
  await admin.goto(`/instances?q=${keys[0]}`);
  await admin.getByRole('link', { name: keys[0] }).click();
  await expect(admin).toHaveURL(/\/instances\/./);
  const instance = new URL(admin.url()).pathname;
  return [
    { name: 'sign-in', who: undefined, path: '/sign-in' },
    { name: 'tasks-mine', who: house.ursula, path: '/tasks' },
    { name: 'tasks-groups', who: house.ben, path: '/tasks?view=groups' },
    { name: 'tasks-empty', who: house.sofia, path: '/tasks' },
    { name: 'task', who: house.ursula, path: task },
    { name: 'task-errors', who: house.ursula, path: `${task}?check=1` },
    { name: 'processes', who: house.admin, path: '/processes' },
    { name: 'process', who: house.admin, path: '/processes/loan-application' },
    { name: 'start', who: house.sofia, path: '/processes/loan-application/start' },
    { name: 'deploy', who: house.admin, path: '/deploy' },
    { name: 'decisions', who: house.admin, path: '/decisions' },
    { name: 'decision', who: house.admin, path: '/decisions/RiskClass' },
    {
      name: 'decision-trial', who: house.admin,
      path: '/decisions/RiskClass?try=1&in.score=612&in.amount=24000&in.term=48&in.income=3900',
    },
    { name: 'decision-parts', who: house.admin, path: '/decisions/LoanAssessment?try=1&in.score=good' },
    { name: 'decision-text', who: house.admin, path: '/decisions/Burden' },
    { name: 'instances', who: house.admin, path: '/instances' },
    { name: 'instances-none', who: house.admin, path: '/instances?q=nothing-like-this' },
    { name: 'instance', who: house.admin, path: instance },
    { name: 'instance-incident', who: house.admin, path: troubled },
    { name: 'incidents', who: house.admin, path: '/incidents' },
    { name: 'batch', who: house.admin, path: batch },
    { name: 'incidents-none', who: house.admin, path: '/incidents?q=nothing-like-this' },
    { name: 'dashboard', who: house.admin, path: '/dashboard' },
    { name: 'people', who: house.admin, path: '/people' },
    { name: 'upkeep', who: house.admin, path: '/upkeep' },
    { name: 'upkeep-forbidden', who: house.sofia, path: '/upkeep' },
    { name: 'account', who: house.ben, path: '/account' },
    { name: 'forbidden', who: house.sofia, path: '/dashboard' },
    { name: 'not-found', who: house.admin, path: '/instances/0000000000000' },
    { name: 'no-such-page', who: house.admin, path: '/nowhere' },
  ];
}

async function look(page: Page, name: string): Promise<string[]> {
  const findings: string[] = [];
  for (const viewport of WIDTHS) {
    for (const theme of THEMES) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      const view = `${name} at ${viewport.width} px, ${theme}`;
      await page.screenshot({
        path: `${ARTIFACTS}/${name}-${viewport.width}-${theme}.png`, fullPage: true, animations: 'disabled',
      });
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (sideways > 0) findings.push(`${view}: scrolls sideways by ${sideways} px`);
      // Wherever a page was scrolled to before, something lies half below its head; that is no finding.
      await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }));
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze();
      for (const { id, help, nodes } of violations) {
        findings.push(`${view}: ${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).slice(0, 3).join('; ')}`);
      }
    }
  }
  return findings;
}

/** Notes every word in the console of `page`. */
function listen(page: Page, name: string, findings: string[]): void {
  page.removeAllListeners();
  page.on('console', (message) => {
    const expected = /status of 40[34]/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !expected) {
      findings.push(`${name}: console says ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => findings.push(`${name}: page error ${error.message}`));
}

test('no page has an accessibility finding, a sideways scroll or a word in the console', async ({ browser, spartito, house }) => {
  test.setTimeout(600_000);
  const findings: string[] = [];
  const pages = new Map<string, Page>();
  for (const { name, who, path } of await world(browser, spartito, house)) {
    const page = pages.get(who?.name ?? '') ?? (who
      ? await signedIn(browser, spartito, who)
      : await (await browser.newContext({ baseURL: spartito.url })).newPage());
    pages.set(who?.name ?? '', page);
    listen(page, name, findings);
    await page.setViewportSize(WIDTHS[0]!);
    await page.goto(path);
    await isAlive(page, STILL.includes(name));
    findings.push(...(await look(page, name)));
  }
  expect(findings).toEqual([]);
});

test('dialogs, pauses and alarms have none either', async ({ browser, spartito, house }) => {
  test.setTimeout(600_000);
  const findings: string[] = [];
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia, {
    Applicant: 'Marta Keller', Amount: '24000', Term: '48', 'Net income a month': '3900',
  });
  const admin = await signedIn(browser, spartito, house.admin);
  listen(admin, 'dialogs', findings);
  const seen = async (name: string) => findings.push(...(await look(admin, name)));
  const press = (name: string) => admin.getByRole('button', { name, exact: true }).click();

  await admin.goto('/processes/loan-application');
  await isLive(admin);
  await press('Change how long');
  await seen('retention-dialog');
  await admin.keyboard.press('Escape');

  await press('Pause all…');
  await admin.getByLabel('Reason').fill('The credit bureau answers with wrong scores');
  await seen('process-pause-dialog');
  await press('Pause all');
  await expect(admin.getByText(/(was|were) paused\. New ones go on as ever\./)).toBeVisible({ timeout: 30_000 });
  await seen('process-paused');
  await admin.goto(`/instances?q=${key}`);
  await admin.getByRole('link', { name: key }).click();
  await expect(admin.getByText('The credit bureau answers with wrong scores').first()).toBeVisible();
  await isLive(admin);
  await seen('instance-paused');
  await press('Resume…');
  await seen('instance-resume-dialog');
  await press('Resume the instance');
  await press('Pause…');
  await seen('instance-pause-dialog');
  await admin.keyboard.press('Escape');
  await admin.goto('/processes/loan-application');
  await isLive(admin);
  await press('Resume all…');
  await press('Resume all');
  await expect(admin.getByRole('button', { name: 'Pause all…' })).toBeVisible();

  // A page that is open meanwhile would say, rightly, that nobody answers.
  await admin.goto('about:blank');
  await spartito.setBackAndRestart();
  await admin.goto('/instances');
  await isLive(admin);
  const alarms = admin.getByRole('region', { name: 'Alarms' });
  await expect(alarms).toContainText('Systems outside are not called since');
  await seen('alarm');
  await sofia.goto('/tasks');
  await expect(sofia.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(sofia.getByRole('region', { name: 'Alarms' })).toHaveCount(0);
  await alarms.getByRole('link', { name: 'Look into it' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Upkeep' })).toBeVisible();
  await expect(alarms).toHaveCount(0);
  await seen('upkeep-held');
  await press('Change how long');
  await seen('upkeep-retention-dialog');
  await admin.keyboard.press('Escape');
  await press('Release the calls…');
  await seen('upkeep-release-dialog');
  await press('Release the calls');
  await expect(admin.getByText('Nothing needs you here.')).toBeVisible();
  await seen('upkeep-released');
  await admin.getByRole('link', { name: 'Instances' }).first().click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Instances' })).toBeVisible();
  await expect(alarms).toHaveCount(0);
  expect(findings).toEqual([]);
});
