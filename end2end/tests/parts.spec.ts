// Each page brings its own code: it comes to life with it, and is reached without loading anew.
import { type Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { applyForLoan, isLive, signedIn, startLoan } from '../support/story';

const PARTS = '**/pkg/parts/*';

/** What the browser complains of while `page` is open. */
function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') found.push(message.text());
  });
  page.on('pageerror', (error) => found.push(String(error)));
  return found;
}

/** Marks the document, to notice when another one is loaded in its place. */
const mark = (page: Page) => page.evaluate(() => document.body.setAttribute('data-mark', ''));
const marked = (page: Page) => page.locator('body[data-mark]');

test('every page comes to life with its own code and nothing is refused', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  await applyForLoan(sofia);
  const admin = await signedIn(browser, spartito, house.admin);
  await admin.goto('/instances');
  const instance = await admin.locator('a[href^="/instances/"]').first().getAttribute('href');
  const ben = await signedIn(browser, spartito, house.ben);
  await ben.goto('/tasks?view=groups');
  const task = await ben.locator('a[href^="/tasks/"]').first().getAttribute('href');
  const visits: [Page, string][] = [
    [ben, task!],
    ...['/tasks', '/processes', '/processes/loan-application', '/processes/loan-application/start', '/deploy',
      '/instances', instance!, '/dashboard', '/people', '/upkeep', '/account'].map((path): [Page, string] => [admin, path]),
  ];
  for (const [visitor, path] of visits) {
    await test.step(path, async () => {
      const page = await visitor.context().newPage();
      const found = complaints(page);
      await page.goto(path);
      // A page that shows nothing that changes by itself is alive once its code has come.
      if (/start$|deploy$|people$|upkeep$|account$/.test(path)) await page.waitForLoadState('networkidle');
      else await isLive(page);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      // The keys are the browser code's alone.
      await mark(page);
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await expect(page).toHaveURL(/\/processes$/);
      await expect(page.getByRole('heading', { level: 1, name: 'Processes' })).toBeVisible();
      await expect(marked(page)).toBeVisible();
      expect(found).toEqual([]);
      await page.close();
    });
  }
});

test('the sign-in loads only what it needs', async ({ browser, spartito }) => {
  const page = await browser.newPage({ baseURL: spartito.url });
  const found = complaints(page);
  const loaded: string[] = [];
  page.on('requestfinished', (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto('/sign-in', { waitUntil: 'networkidle' });
  const parts = loaded.filter((path) => path.startsWith('/pkg/parts/'));
  expect(parts.length).toBeGreaterThan(0);
  expect(new Set(parts).size, 'nothing is loaded twice').toBe(parts.length);
  expect(parts.filter((path) => /\/(task|tasks|instance|dashboard)\./.test(path))).toEqual([]);
  expect(found).toEqual([]);
  await page.close();
});

test('all places are reached by links within one document', async ({ browser, spartito, house }) => {
  const page = await signedIn(browser, spartito, house.admin);
  const found = complaints(page);
  await isLive(page);
  await mark(page);
  const rail = page.getByRole('navigation', { name: 'Places', exact: true });
  for (const [link, heading] of [
    ['Processes', 'Processes'], ['Instances', 'Instances'], ['Insight', /./], ['People', 'People'],
    ['Account', /./], ['My work', 'My work'],
  ] as const) {
    await rail.getByRole('link', { name: link, exact: true }).click();
    await expect(rail.getByRole('link', { name: link, exact: true })).toHaveAttribute('aria-current', 'page');
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  }
  await page.goBack();
  await expect(page).toHaveURL(/\/account$/);
  await expect(marked(page)).toBeVisible();
  expect(found).toEqual([]);
});

test('a page whose code is gone is asked of the server', async ({ browser, spartito, house }) => {
  const page = await signedIn(browser, spartito, house.admin);
  await isLive(page);
  await mark(page);
  await page.route(PARTS, (route) => route.fulfill({ status: 404 }));
  await page.getByRole('link', { name: 'Instances', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Instances' })).toBeVisible();
  await expect(page).toHaveURL(/\/instances$/);
  await expect(marked(page)).toHaveCount(0);
});

test('a page stays as the server sent it where its code cannot be loaded', async ({ browser, spartito, house }) => {
  const page = await signedIn(browser, spartito, house.sofia);
  const crashes: string[] = [];
  page.on('pageerror', (error) => crashes.push(String(error)));
  await page.route(PARTS, (route) => route.abort());
  await page.goto('/processes', { waitUntil: 'networkidle' });
  await startLoan(page).click();
  await expect(page.getByRole('button', { name: 'Submit application' })).toBeVisible();
  expect(crashes).toEqual([]);
  await page.unroute(PARTS);
  await page.goto('/tasks');
  await isLive(page);
});
