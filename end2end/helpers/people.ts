// What people do again and again. By page where the page is the point, by API where it only prepares.
import { randomUUID } from "node:crypto";

import { AxeBuilder } from "@axe-core/playwright";
import type { APIRequestContext, Locator } from "@playwright/test";

import type { Credentials } from "./shop.ts";
import { expect, type Page } from "./test.ts";

export type Person = Credentials & { name: string };
export type Member = Person & { token: string };

/** Somebody whom no shop knows yet. */
export function stranger(name = "김담다"): Person {
  return { name, email: `${randomUUID()}@example.com`, password: "browsing-for-2-books" };
}

/** Presses the one button that sends the form with this field. */
export async function submit(field: Locator): Promise<void> {
  const form = field.page().locator("form").filter({ has: field });
  await form.locator("button[type=submit], button:not([type])").click();
}

/** Logs in on the page; returns on the page after it. */
export async function login(page: Page, who: Credentials): Promise<void> {
  await page.goto("/login");
  await page.locator("input[name=email]").fill(who.email);
  await page.locator("input[name=password]").fill(who.password);
  await submit(page.locator("input[name=password]"));
  await expect(page).not.toHaveURL(/\/login/);
}

/** Opens an account on the page, which logs its owner in. */
export async function register(page: Page, who: Person = stranger()): Promise<Person> {
  await page.goto("/register");
  await page.locator("input[name=name]").fill(who.name);
  await page.locator("input[name=email]").fill(who.email);
  await page.locator("input[name=password]").fill(who.password);
  await submit(page.locator("input[name=password]"));
  await expect(page).not.toHaveURL(/\/register/);
  return who;
}

/** Charges the wallet of whoever is logged in, on the page. `amount` in won. */
export async function charge(page: Page, amount: number): Promise<void> {
  await page.goto("/wallet");
  const field = page.locator("input[name=amount]:not([type=radio]):not([type=hidden])");
  await field.fill(String(amount));
  await submit(field);
}

/** Opens an account by the API. */
export async function member(request: APIRequestContext, who: Person = stranger()): Promise<Member> {
  const answer = await request.post("/api/v1/auth/register", { data: who });
  expect(answer.status(), await answer.text()).toBe(201);
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return { ...who, token };
}

/** Charges a member's wallet by the API: 1,000 … 100,000 won at once. */
export async function chargeMember(request: APIRequestContext, who: Member, amount: number): Promise<void> {
  const answer = await request.post("/api/v1/wallet/charges", {
    data: { amount },
    headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
  });
  expect(answer.status(), await answer.text()).toBe(201);
}

/** Fails on anything that axe finds against WCAG 2.2 A and AA. Needs JavaScript: tag the test `@js`. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join("\n    ")}`);
  expect(found, `axe on ${page.url()}`).toEqual([]);
}

/** Fails if the page is wider than the window, as on a telephone that scrolls sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(content, `width of ${page.url()}`).toBeLessThanOrEqual(window);
}
