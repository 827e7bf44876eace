// One server with its own data, set up with the loan example, for each worker: test files that run
// one after the other share it, so a test names what it is about and never counts on being alone.
import { test as base, expect } from '@playwright/test';
import { Spartito } from './spartito';
import { setUp, type House } from './story';

interface Worlds {
  world: { spartito: Spartito; house: House };
}

export const test = base.extend<{ spartito: Spartito; house: House; left: void }, Worlds>({
  world: [
    async ({ browser }, use) => {
      const spartito = new Spartito();
      await spartito.start();
      const page = await browser.newPage();
      const house = await setUp(page, spartito);
      await page.context().close();
      await use({ spartito, house });
      await spartito.stop();
    },
    { scope: 'worker' },
  ],
  // Pages left open would go on listening to the server, and slow down all tests that follow.
  left: [
    async ({ browser }, use) => {
      await use();
      for (const context of browser.contexts()) await context.close();
    },
    { auto: true },
  ],
  spartito: async ({ world }, use) => use(world.spartito),
  house: async ({ world }, use) => use(world.house),
});

export { expect };
