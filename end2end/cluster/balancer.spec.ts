// What nginx promises with the configuration of deploy/nginx: whose address counts, what is not for everybody,
// and what it says when the shop cannot.
import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { connect } from "node:http2";

import type { APIRequestContext, APIResponse } from "@playwright/test";

import { chargeMember, expectAccessible, expectNoSidewaysScroll, type Member, member, ordersOf, productNamed } from "../helpers/people.ts";
import { type Cluster } from "../helpers/cluster.ts";
import { SETTINGS } from "../helpers/cluster-start.ts";
import { expect, test } from "../helpers/cluster-test.ts";
import { foreignWords } from "../helpers/words.ts";

/** Fails to log in from this address of the machine, claiming to forward for somebody else; returns how many
 *  more attempts the shop allows whom it takes for the sender. */
function attemptsLeft(cluster: Cluster, localAddress: string, claim: string): Promise<number> {
  const body = JSON.stringify({ email: "nobody@example.com", password: "not-the-password" });
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      `${cluster.balancer}/api/v1/auth/login`,
      { method: "POST", localAddress, agent: false, headers: { "content-type": "application/json", "x-forwarded-for": claim, forwarded: `for=${claim}` } },
      (answer) => {
        answer.resume();
        const left = Number(answer.headers["ratelimit-remaining"]);
        if (answer.statusCode === 401 && Number.isInteger(left)) resolve(left);
        else reject(new Error(`${answer.statusCode} ${JSON.stringify(answer.headers)}`));
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });
}

test("whom a stranger claims to forward for counts for nothing", async ({ cluster }) => {
  // More attempts than there are instances: without Redis each counts by itself.
  const turns = cluster.instances.length + 1;
  const left = async (address: string, claims: string[]) => {
    const seen: number[] = [];
    for (const claim of claims) seen.push(await attemptsLeft(cluster, address, claim));
    return Math.min(...seen);
  };
  const claims = Array.from({ length: turns }, (_, turn) => `203.0.113.${turn + 1}`);
  const untouched = await attemptsLeft(cluster, "127.0.0.77", "203.0.113.200");
  expect(await left("127.0.0.78", claims)).toBeLessThan(untouched);
  // The same claims from elsewhere begin anew: it is the sender who is counted.
  expect(await attemptsLeft(cluster, "127.0.0.79", "203.0.113.1")).toBe(untouched);
});

test("metrics are for nobody who comes through the balancer, whatever they know", async ({ request, cluster }) => {
  const headers = { Authorization: `Bearer ${SETTINGS.METRICS_TOKEN}` };
  expect((await request.get(`${cluster.instances[0]}/metrics`, { headers })).status()).toBe(200);
  const answer = await request.get("/metrics", { headers });
  expect(answer.status()).toBe(404);
  expect(await answer.text()).not.toContain("damda_");
});

test("a request keeps one number from nginx's log to the answer, and brings none of its own", async ({ request, cluster }) => {
  const answer = await request.get("/api/v1/products/999999999", { headers: { "x-request-id": "0123456789abcdef-mine" } });
  const id = answer.headers()["x-request-id"]!;
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(await answer.json()).toMatchObject({ code: "not_found", trace_id: id });
  await expect.poll(() => cluster.accessLog()).toContain(`id=${id}`);
});

test("what was searched for, and what a letter's link holds, is not in nginx's log", async ({ request, cluster }) => {
  await request.get("/reset-password?token=0123456789secret");
  const answer = await request.get("/products?q=secret-wish");
  await expect.poll(() => cluster.accessLog()).toContain(`id=${answer.headers()["x-request-id"]}`);
  expect(await cluster.accessLog()).not.toContain("secret");
});

test("too much is refused before an instance has it, in the reader's words", async ({ request, cluster }) => {
  const before = (await cluster.accesses()).length;
  const send = (headers: Record<string, string>) => request.post("/api/v1/orders", { headers, data: Buffer.alloc(1024 * 1024 + 1, "x") });
  for (const [language, detail] of [["ko", /너무 큽니다/], ["en-US,en;q=0.9", /too large/]] as const) {
    const answer = await send({ "accept-language": language, "content-type": "application/json" });
    expect(answer.status()).toBe(413);
    expect(answer.headers()["content-type"]).toBe("application/problem+json");
    const problem = (await answer.json()) as Record<string, unknown>;
    expect(problem).toMatchObject({ code: "payload_too_large", status: 413, trace_id: answer.headers()["x-request-id"] });
    expect(problem["detail"]).toMatch(detail);
  }
  const refused = (await cluster.accesses()).slice(before).filter(({ status }) => status === 413);
  expect(refused.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /api/v1/orders", "POST /api/v1/orders"]);
});

test("with TLS the shop answers in HTTP/2, and plain HTTP is sent there", async ({ cluster }) => {
  const session = connect(cluster.secure, { rejectUnauthorized: false });
  const stream = session.request({ ":path": "/api/v1/products?limit=1" });
  const status = await new Promise<number>((resolve, reject) => {
    stream.on("response", (headers) => resolve(Number(headers[":status"])));
    stream.on("error", reject);
    session.on("error", reject);
  });
  session.destroy();
  expect(status).toBe(200);
  const answer = await fetch(`${cluster.plain}/products?q=1`, { redirect: "manual" });
  expect(answer.status).toBe(308);
  expect(answer.headers.get("location")).toBe("https://127.0.0.1/products?q=1");
});

/** Has one shopper for each instance ask at once while one instance is frozen, and kills that one as soon as only
 *  its request is left; returns everybody's answer. */
async function askWhileOneDies(cluster: Cluster, shoppers: Member[], ask: (who: Member) => Promise<APIResponse>): Promise<APIResponse[]> {
  const [dying] = cluster.instances;
  await cluster.pause(dying!);
  let answered = 0;
  const asked = shoppers.map((who) =>
    ask(who).then((answer) => {
      answered += 1;
      return answer;
    }),
  );
  await expect.poll(() => answered, { timeout: 30_000 }).toBe(shoppers.length - 1);
  await cluster.kill(dying!);
  return Promise.all(asked);
}

async function shoppersForEach(request: APIRequestContext, cluster: Cluster): Promise<Member[]> {
  const shoppers: Member[] = [];
  for (const _ of cluster.instances) {
    const who = await member(request);
    await chargeMember(request, who, 10_000);
    shoppers.push(who);
  }
  return shoppers;
}

test("an order in the hands of an instance that dies is done by another, once", async ({ request, cluster }) => {
  const goods = await productNamed(request, "화살표만 120");
  const shoppers = await shoppersForEach(request, cluster);
  const before = (await cluster.accesses()).length;
  const answers = await askWhileOneDies(cluster, shoppers, (who) =>
    request.post("/api/v1/orders", {
      headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
      data: { items: [{ product_id: goods.id, quantity: 1 }] },
    }),
  );
  for (const answer of answers) {
    expect(answer.status(), await answer.text()).toBe(201);
    expect(await answer.json()).toMatchObject({ status: "COMPLETED" });
  }
  for (const who of shoppers) expect(await ordersOf(request, who)).toHaveLength(1);
  const orders = (await cluster.accesses()).slice(before).filter(({ method, path }) => method === "POST" && path === "/api/v1/orders");
  expect(orders.filter(({ from }) => from.length === 2 && from[0] === cluster.instances[0])).toHaveLength(1);
});

test("a claim in the hands of an instance that dies is not repeated behind its shopper's back", async ({ request, cluster }) => {
  const shoppers = await shoppersForEach(request, cluster);
  const claim = (who: Member) => request.post("/api/v1/coupons/WELCOME10/claims", { headers: { Authorization: `Bearer ${who.token}` } });
  const answers = await askWhileOneDies(cluster, shoppers, claim);
  const statuses = answers.map((answer) => answer.status());
  expect(statuses.toSorted()).toEqual([...shoppers.slice(1).map(() => 201), 503]);
  // Frozen before it began, it had not done it: asking again does.
  expect((await claim(shoppers[statuses.indexOf(503)]!)).status()).toBe(201);
});

test("an instance that hangs keeps one shopper waiting, and the others are sent elsewhere", async ({ request, cluster }) => {
  const [frozen] = cluster.instances;
  const settled: boolean[] = [];
  const asked: Promise<APIResponse>[] = [];
  await cluster.pause(frozen!);
  for (let turn = 0; turn < 12; turn += 1) {
    settled.push(false);
    asked.push(request.get("/healthz"));
    void asked[turn]!.then(() => (settled[turn] = true));
    // Whoever is not answered now is with the one that hangs, and stays there.
    await expect.poll(() => settled[turn], { timeout: 5_000 }).toBe(true).catch(() => {});
  }
  expect(settled.filter((one) => !one).length).toBeLessThanOrEqual(1);
  await cluster.resume(frozen!);
  for (const answer of await Promise.all(asked)) expect(answer.status()).toBe(200);
});

test("when no instance is left, people and programs are told so in their language", async ({ page, request, cluster, watch }) => {
  for (const instance of cluster.instances) {
    if (await cluster.lives(instance)) await cluster.kill(instance);
  }
  for (const [lang, heading] of [["ko", "지금 상점이 대답하지 않습니다"], ["en", "The shop does not answer right now"]] as const) {
    watch.expectStatus(503, "/products");
    await page.context().addCookies([{ name: "lang", value: lang, url: cluster.balancer }]);
    const answer = await page.goto("/products");
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()["retry-after"]).toBe("1");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(heading);
    await expect(page.locator("html")).toHaveAttribute("lang", lang);
    expect(await foreignWords(page, lang)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page, "colours");
  }
  const answer = await request.post("/api/v1/orders", { data: {}, headers: { "accept-language": "en" } });
  expect(answer.status()).toBe(503);
  expect(await answer.json()).toMatchObject({ code: "service_unavailable", status: 503, retry_after: 1 });
});
