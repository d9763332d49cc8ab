// The console over a real log of events: an order's events go out by themselves, and once more when an operator says so.
import { expect, test } from "../helpers/cluster-test.ts";
import { addToCart, login, pay, said, shopperWith } from "../helpers/people.ts";

const ORDER_PAGE = /\/orders\/([\w-]+)$/;

test("an order's events are sent, and a manager sends one of them once more", async ({ page, cluster, visitAt }) => {
  const shopper = await visitAt(page, cluster.balancer);
  await shopperWith(shopper, 50_000);
  await addToCart(shopper, "밤 버스");
  await shopper.goto("/checkout");
  await pay(shopper);
  await expect(shopper).toHaveURL(ORDER_PAGE);
  const [, order] = shopper.url().match(ORDER_PAGE)!;

  await login(page, await cluster.createOperator("manager"));
  await page.goto(`/admin/events?order=${order}&kind=order.completed`);
  const event = page.getByRole("listitem").filter({ hasText: "order.completed" });
  const expectSent = () =>
    expect(async () => {
      await page.reload();
      await expect(event.getByText("보냄", { exact: true })).toBeVisible({ timeout: 100 });
    }).toPass();
  await expectSent();
  await expect(event).not.toContainText("운영자가 다시 보냄");

  await event.getByRole("checkbox").check();
  await page.getByLabel("까닭").first().fill("받는 쪽이 하루를 잃었다");
  await page.getByRole("button", { name: "다시 보내기", exact: true }).click();
  await expect(said(page, "status")).toBeVisible();
  await expect(event).toContainText("운영자가 다시 보냄");
  await expectSent();

  await page.goto("/admin/audit?act=events.replayed");
  await expect(page.getByRole("row").nth(1)).toContainText("받는 쪽이 하루를 잃었다");
});
