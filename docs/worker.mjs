// A worker in Node 18 or later: TOKEN=… node worker.mjs send-letter
// Ctrl-C lets it finish what it has in hand.
const api = process.env.SPARTITO ?? "http://127.0.0.1:3000/api/v1";
const type = process.argv[2] ?? "send-letter";
const timeout = 60_000;

async function call(path, body, method = "POST") {
  const headers = { authorization: `Bearer ${process.env.TOKEN}`, "content-type": "application/json" };
  const answer = await fetch(`${api}/jobs/${path}`, { method, headers, body: JSON.stringify(body) });
  if (answer.status === 204) return;
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail), { status: answer.status });
  return said;
}

// What this worker does. Give `job.elementInstanceKey` to the other system as the idempotency key.
async function work(job) {
  console.log(`sending a letter to ${job.variables.name} (${job.elementInstanceKey})`);
  return { letterNumber: `L-${job.processInstanceKey}` };
}

const wait = (ms) => new Promise((wake) => setTimeout(wake, ms));

// Says what came of a job. What got lost on its way is sent again: a repeat gets the first answer.
async function answer(job, what, body) {
  for (let pause = 500; ; pause = Math.min(2 * pause, 10_000)) {
    try {
      return await call(`${job.jobKey}/${what}`, body);
    } catch (error) {
      console.error(error.message);
      // 409: the job has ended, or somebody else has it by now.
      if (error.status === 409 || error.status === 404 || !goes) return;
      const isRefused = error.status < 500 && error.status !== 429;
      if (isRefused && what === "failure") return;
      if (isRefused) return answer(job, "failure", { errorMessage: error.message });
      await wait(pause);
    }
  }
}

async function handle(job) {
  // Long work keeps the job by asking for more time while half of it is left.
  const longer = setInterval(() => call(job.jobKey, { changeset: { timeout } }, "PATCH").catch(console.error), timeout / 2);
  try {
    const variables = await work(job);
    await answer(job, "completion", { variables });
  } catch (error) {
    await answer(job, "failure", { errorMessage: error.message });
  } finally {
    clearInterval(longer);
  }
}

let goes = true;
process.once("SIGINT", () => (goes = false));
while (goes) {
  try {
    const asked = { type, worker: `node ${process.pid}`, timeout, maxJobsToActivate: 5, requestTimeout: 20_000 };
    const { jobs } = await call("activation", asked);
    await Promise.all(jobs.map(handle));
  } catch (error) {
    console.error(error.message);
    await wait(2_000);
  }
}
