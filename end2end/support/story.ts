// What people do, by role and label, so that tests read as the story they tell.
import { expect, type Browser, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';
import type { Spartito } from './spartito';

/** Somebody who can sign in. */
export interface Person {
  name: string;
  password: string;
}

/** The administrator and the three people of the loan example. */
export interface House {
  admin: Person;
  sofia: Person;
  ben: Person;
  ursula: Person;
}

/** An application that the simulated bureau scores well enough to be examined. */
export const APPLICATION = {
  Applicant: 'Marta Keller',
  Amount: '24000',
  Term: '48',
  'Net income a month': '3900',
} as const;

const ADMIN: Person = { name: 'admin', password: 'a long enough password for a test' };

/** Follows the set-up link and chooses the loan example; gives the passwords that are shown once. */
export async function setUp(page: Page, spartito: Spartito): Promise<House> {
  await page.goto(spartito.setUpLink());
  await page.getByLabel('Your name').fill('Ada Adler');
  await page.getByLabel('Sign-in name').fill(ADMIN.name);
  await page.getByLabel('Password').fill(ADMIN.password);
  await page.getByLabel('With the loan example').check();
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await expect(page.getByRole('heading', { name: 'Spartito is ready' })).toBeVisible();
  const person = async (name: string): Promise<Person> => {
    const card = page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });
    return { name, password: (await card.locator('code.secret').innerText()).trim() };
  };
  return { admin: ADMIN, sofia: await person('sofia'), ben: await person('ben'), ursula: await person('ursula') };
}

/** A browser of its own for one person, signed in. */
export async function signedIn(
  browser: Browser, spartito: Spartito, person: Person, options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ baseURL: spartito.url, ...options });
  const page = await context.newPage();
  await signIn(page, person);
  return page;
}

/** Signs in through the form. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Name', { exact: true }).fill(person.name);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'My work', level: 1 })).toBeVisible();
}

/** Waits until the browser code has taken over and hears of changes. */
export async function isLive(page: Page): Promise<void> {
  await expect(page.locator('.live-on')).toBeVisible();
}

/** The link in the list of processes that starts the loan example, whatever else is there. */
export function startLoan(page: Page): Locator {
  const loan = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Loan application', exact: true }) });
  return loan.getByRole('link', { name: 'Start', exact: true });
}

/** Fills in the start form and sends it; gives the business key of the new case. */
export async function applyForLoan(page: Page, application: Record<string, string> = APPLICATION): Promise<string> {
  await page.goto('/processes');
  await startLoan(page).click();
  for (const [label, value] of Object.entries(application)) {
    await page.getByLabel(label, { exact: true }).fill(value);
  }
  await page.getByLabel('Customer tier').selectOption('gold');
  await page.getByRole('button', { name: 'Submit application' }).click();
  await expect(page).toHaveURL(/\/instances\//);
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toHaveText(/LA-\d+/);
  return /LA-\d+/.exec(await heading.innerText())![0];
}

/** Takes a task that waits for the person's groups; it opens. */
export async function take(page: Page, title: string, businessKey: string): Promise<void> {
  await page.goto('/tasks?view=groups');
  await page.getByRole('button', { name: `Take it: ${title} ${businessKey}` }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await expect(page).toHaveURL(/\/tasks\/[0-9a-z]+-\d+/);
}

/** Does *Verify identity* of a case. */
export async function verifyIdentity(page: Page, businessKey: string): Promise<void> {
  await take(page, 'Verify identity', businessKey);
  await page.getByLabel('Passport').check();
  await page.getByLabel('Document number').fill('C01X00T47');
  await page.getByLabel('Name and photo match the application').check();
  await page.getByRole('button', { name: 'Confirm identity' }).click();
  await expect(page.getByText(`Done: Verify identity ${businessKey}`)).toBeVisible();
}

/** Does *Check documents* of a case. */
export async function checkDocuments(page: Page, businessKey: string): Promise<void> {
  await take(page, 'Check documents', businessKey);
  await page.getByLabel('Payslips of the last three months are there').check();
  await page.getByLabel('Account statement is there').check();
  await page.getByLabel('Income the documents support').fill('3850');
  await page.getByRole('button', { name: 'Documents are complete' }).click();
  await expect(page.getByText(`Done: Check documents ${businessKey}`)).toBeVisible();
}

/** Approves the loan of a case. */
export async function approve(page: Page, businessKey: string): Promise<void> {
  await take(page, 'Decide', businessKey);
  await page.getByLabel('Interest rate a year').fill('4.9');
  await page.getByRole('button', { name: 'Approve loan' }).click();
  await expect(page.getByText(`Done: Decide ${businessKey}`)).toBeVisible();
}

/** Opens the page of a case as somebody who may see every instance. */
export async function openInstance(page: Page, businessKey: string): Promise<void> {
  await page.goto(`/instances?q=${businessKey}`);
  await page.getByRole('link', { name: businessKey }).click();
  await expect(page.getByRole('heading', { level: 1, name: businessKey })).toBeVisible();
}
