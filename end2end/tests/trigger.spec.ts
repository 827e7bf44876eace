// A receive task without a message waits until somebody triggers it on the page of the instance.
import { type Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { signedIn } from '../support/story';

const MODEL = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="http://spartito.example/test">
  <bpmn:process id="parcel" name="Parcel" isExecutable="true">
    <bpmn:startEvent id="start" />
    <bpmn:receiveTask id="wait" name="Wait for the parcel" />
    <bpmn:endEvent id="end" />
    <bpmn:sequenceFlow id="to-wait" sourceRef="start" targetRef="wait" />
    <bpmn:sequenceFlow id="to-end" sourceRef="wait" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>`;

/** Starts an instance; its page opens. */
async function begin(page: Page): Promise<void> {
  await page.goto('/deploy');
  await page.getByLabel('Choose files or drop them here').setInputFiles({
    name: 'parcel.bpmn', mimeType: 'text/xml', buffer: Buffer.from(MODEL),
  });
  await page.getByRole('button', { name: 'Deploy', exact: true }).click();
  await expect(page.getByText(/Version \d+ (is live|stays)/)).toBeVisible();
  await page.goto('/processes/parcel/start');
  await page.getByRole('button', { name: /^Start/ }).click();
  await expect(page).toHaveURL(/\/instances\//);
}

/** Triggers the task, and sees that the instance goes on. */
async function trigger(page: Page): Promise<void> {
  await expect(page.getByText('somebody who triggers it')).toBeVisible();
  await page.getByRole('button', { name: 'Trigger Wait for the parcel' }).click();
  await expect(page.getByText(/Completed after/)).toBeVisible();
  await expect(page.getByRole('button', { name: /^Trigger / })).toHaveCount(0);
}

// The button works before the browser code has taken over, and afterwards.
test('a task that waits is triggered by its button', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin);
  await begin(admin);
  await trigger(admin);
});

test('a task that waits is triggered by its button without scripts', async ({ browser, spartito, house }) => {
  const admin = await signedIn(browser, spartito, house.admin, { javaScriptEnabled: false });
  await begin(admin);
  await trigger(admin);
});
