// A power cut in the middle of the story loses nothing that was acknowledged.
import { expect, test } from '../support/fixtures';
import {
  applyForLoan, approve, checkDocuments, isLive, openInstance, signedIn, verifyIdentity,
} from '../support/story';

test('a page that was open finds the server again by itself', async ({ browser, spartito, house }) => {
  const sofia = await signedIn(browser, spartito, house.sofia);
  await applyForLoan(sofia);
  await isLive(sofia);
  await spartito.crashAndRestart();
  await isLive(sofia);
});
