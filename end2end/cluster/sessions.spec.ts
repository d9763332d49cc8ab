// Who is logged in is known to every instance, whichever dies or joins.
import { addToCart, consentTick, login, logout, member, ordersOf, pay, payButton, shopperWith, sum } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/cluster-test.ts";

const ORDER_PAGE = /\/orders\/[\w-]+$/;

async function expectKnown(page: Page): Promise<void> {
  await page.goto("/orders");
  await expect(page).toHaveURL("/orders");
  await expect(page.getByRole("link", { name: "내 정보" })).toBeVisible();
}

async function expectUnknown(page: Page): Promise<void> {
  await page.goto("/orders");
  await expect(page).toHaveURL(/\/login\?next=/);
}

test("a login at one instance is known at every other, and so is the logout", async ({ page, cluster, visitAt }) => {
  const who = await member(page.request);
  const first = await visitAt(page, cluster.instances[0]!);
  await login(first, who);
  const others = await Promise.all(cluster.instances.slice(1).map((instance) => visitAt(first, instance)));
  expect(others.length).toBeGreaterThanOrEqual(2);
  for (const other of others) await expectKnown(other);
  await logout(others[0]!);
  for (const other of [first, ...others]) await expectUnknown(other);
});

test("a session outlives the instance where it began, and buys", async ({ page, cluster, visitAt }) => {
  const [dying, ...others] = cluster.instances;
  const first = await visitAt(page, dying!);
  const who = await shopperWith(first, 50_000);
  await addToCart(first, "밤 버스");
  await first.goto("/checkout");
  await expect(sum(first, "결제할 금액")).toHaveText("₩9,900");
  // The form that an instance wrote is sent to another.
  const shopper = await visitAt(first, cluster.balancer);
  await shopper.goto("/checkout");
  await consentTick(shopper).check();
  await cluster.kill(dying!);
  await payButton(shopper).click();
  await expect(shopper).toHaveURL(ORDER_PAGE);
  await expect(shopper.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  expect(await ordersOf(shopper.request, who)).toHaveLength(1);
  for (const other of others) await expectKnown(await visitAt(shopper, other));
});

test("an instance that joins in the middle of a purchase ends it", async ({ page, cluster, visitAt }) => {
  const who = await shopperWith(page, 50_000);
  await addToCart(page, "새벽 시장", 2);
  await page.goto("/checkout");
  const joined = await cluster.add();
  const there = await visitAt(page, joined);
  await there.goto("/checkout");
  await expect(sum(there, "결제할 금액")).toHaveText("₩9,800");
  await pay(there);
  await expect(there).toHaveURL(ORDER_PAGE);
  const order = new URL(there.url()).pathname;
  await page.goto(order);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  expect(await ordersOf(page.request, who)).toHaveLength(1);
  // nginx sends it shoppers too.
  await expect(async () => {
    await page.goto("/products");
    expect((await cluster.accesses()).flatMap(({ from }) => from)).toContain(joined);
  }).toPass({ timeout: 30_000 });
});

test("a new password ends what was logged in elsewhere within five seconds, at every instance", async ({ page, cluster, visitAt }) => {
  const who = await member(page.request);
  await login(page, who);
  const others = await Promise.all(cluster.instances.map((instance) => visitAt(page, instance)));
  // Each has seen the account, and may remember it.
  for (const other of others) await expectKnown(other);
  await page.goto("/account");
  await page.getByLabel("지금 비밀번호", { exact: true }).fill(who.password);
  await page.getByLabel("새 비밀번호", { exact: true }).fill("another-way-to-read");
  await page.getByRole("button", { name: "비밀번호 바꾸기" }).click();
  await expect(page.getByRole("status")).toContainText("비밀번호를 바꿨습니다");
  const changed = Date.now();
  await expect.poll(() => Date.now() - changed, { timeout: 10_000 }).toBeGreaterThanOrEqual(5_000);
  for (const other of others) await expectUnknown(other);
  await expectKnown(page);
});
