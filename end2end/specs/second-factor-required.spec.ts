// A shop that asks its operators for a second factor lets those without one set it up, and do nothing else.
import { beginSecondFactor, codeOf } from "../helpers/codes.ts";
import { login } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test.use({ settings: { REQUIRE_SECOND_FACTOR: "on" } });

test("an operator without a second factor gets to setting it up and no further", async ({ page, shop }) => {
  await login(page, shop.operator);
  await page.goto("/admin/orders");
  await expect(page).toHaveURL("/account/second-factor");
  await expect(page.getByRole("main")).toContainText("2단계 인증을 요구합니다");
  const secret = await beginSecondFactor(page);
  await page.getByLabel("인증 코드").fill(codeOf(secret));
  await page.getByRole("button", { name: "확인", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("2단계 인증을 켰습니다");
  await page.goto("/admin/orders");
  await expect(page).toHaveURL("/admin/orders");
});
