// A power cut in the middle of the story loses nothing that was acknowledged.
import { expect, test } from '../support/fixtures';
import {
  applyForLoan, approve, checkDocuments, isLive, openInstance, signedIn, verifyIdentity,
} from '../support/story';

test('after a kill in the middle every acknowledged step is there and the loan goes on', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  const key = await applyForLoan(sofia);
  const ben = await signedIn(browser, spartito, house.ben);
  await verifyIdentity(ben, key);

  await spartito.crashAndRestart();

  // The session survives too: it is in the database.
  await checkDocuments(ben, key);
  await spartito.crashAndRestart();
  const ursula = await signedIn(browser, spartito, house.ursula);
  await approve(ursula, key);

  const admin = await signedIn(browser, spartito, house.admin);
  await openInstance(admin, key);
  await expect(admin.getByText(/Completed after/)).toBeVisible();
  for (const step of ['Verify identity', 'Check documents', 'Decide']) {
    await expect(admin.getByText(`${step} was completed`).first()).toBeVisible();
  }
});

test('a page that was open finds the server again by itself', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  await applyForLoan(sofia);
  await isLive(sofia);
  await spartito.crashAndRestart();
  await isLive(sofia);
});
