// What people do again and again. By page where the page is the point, by API where it only prepares.
// Everything is found as a person finds it, by label, role and Korean text, so that names are tested on
// the way.
import { randomUUID } from "node:crypto";

import type { APIRequestContext, Locator } from "@playwright/test";

import { axeFaults } from "./look.ts";
import type { Credentials } from "./shop.ts";
import { expect, type Page } from "./test.ts";

export type Person = Credentials & { name: string };
export type Member = Person & { token: string };

/** ₩12,900, as the shop writes money. */
export function won(amount: number): string {
  return `${amount < 0 ? "-" : ""}₩${Math.abs(amount).toLocaleString("en-US")}`;
}

/** Somebody whom no shop knows yet. */
export function stranger(name = "김담다"): Person {
  return { name, email: `${randomUUID()}@example.com`, password: "browsing-for-2-books" };
}

// ------------------------------------------------------------------ on the pages

/** Fills in the login form of the page that is open, and sends it. */
export async function enter(page: Page, who: Credentials): Promise<void> {
  await page.getByLabel("이메일").fill(who.email);
  await page.getByLabel("비밀번호").fill(who.password);
  await page.getByRole("button", { name: "로그인" }).click();
}

/** Logs in on the page; returns on the front page. */
export async function login(page: Page, who: Credentials): Promise<void> {
  await page.goto("/login");
  await enter(page, who);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("link", { name: "내 정보" })).toBeVisible();
}

export async function logout(page: Page): Promise<void> {
  await page.getByRole("link", { name: "내 정보" }).click();
  await page.getByRole("button", { name: "로그아웃", exact: true }).click();
  await expect(page.getByRole("status")).toContainText("로그아웃했습니다");
}

/** Fills in the registration form of the page that is open, and sends it. */
export async function join(page: Page, who: Person): Promise<void> {
  await page.getByLabel("이름").fill(who.name);
  await page.getByLabel("이메일").fill(who.email);
  await page.getByLabel("비밀번호").fill(who.password);
  await page.getByLabel("만 14세 이상입니다").check();
  await page.getByRole("button", { name: "가입하기" }).click();
}

/** Opens an account on the page, which logs its owner in. */
export async function register(page: Page, who: Person = stranger()): Promise<Person> {
  await page.goto("/register");
  await join(page, who);
  await expect(page.getByRole("status")).toContainText("가입을 환영합니다");
  return who;
}

/** Charges the wallet of whoever is logged in, on the page. `amount` in won. */
export async function charge(page: Page, amount: number): Promise<void> {
  await page.goto("/wallet");
  await page.getByLabel("충전할 금액").fill(String(amount));
  await page.getByRole("button", { name: "충전하기" }).click();
  await expect(page.getByRole("status")).toContainText(`${won(amount)}을 충전했습니다`);
}

/** Finds a product by its name and opens its page. */
export async function openProduct(page: Page, name: string): Promise<void> {
  await page.goto(`/products?q=${encodeURIComponent(name)}`);
  await page.getByRole("main").getByRole("link", { name }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** Puts so many of a product into the cart. */
export async function addToCart(page: Page, name: string, quantity = 1): Promise<void> {
  await openProduct(page, name);
  await page.getByLabel("수량").selectOption(String(quantity));
  await page.getByRole("button", { name: "담기" }).click();
  await expect(page.getByRole("status")).toContainText(`장바구니에 ${quantity}개 담았습니다`);
}

/** Goes to the checkout with so many of a product alone. */
export async function buyNow(page: Page, name: string, quantity = 1): Promise<void> {
  await openProduct(page, name);
  await page.getByLabel("수량").selectOption(String(quantity));
  await page.getByRole("button", { name: "바로 구매" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "주문 확인" })).toBeVisible();
}

/** The button that pays, whatever the amount on it. */
export function payButton(page: Page): Locator {
  return page.getByRole("button", { name: "결제하기" });
}

/** The tick that agrees to the withdrawal notice. */
export function consentTick(page: Page): Locator {
  return page.getByRole("checkbox", { name: /동의합니다/ });
}

/** Agrees to the withdrawal notice and pays. */
export async function pay(page: Page): Promise<void> {
  await consentTick(page).check();
  await payButton(page).click();
}

/** The amount beside a label, in the sums of a page. */
export function sum(page: Page, label: string): Locator {
  const row = page.getByRole("complementary").locator("dl > div");
  return row.filter({ has: page.getByText(label, { exact: true }) }).locator("dd");
}

/** The page's notice about what was just done: said aloud by screen readers. */
export function said(page: Page, kind: "alert" | "status"): Locator {
  return page.getByRole("main").getByRole(kind);
}

/** What stands in a form's hidden field. */
export function hidden(form: Locator, name: string): Promise<string> {
  return form.locator(`input[type=hidden][name=${name}]`).inputValue();
}

// ------------------------------------------------------------------ by the API

/** Opens an account by the API. */
export async function member(request: APIRequestContext, who: Person = stranger()): Promise<Member> {
  const answer = await request.post("/api/v1/auth/register", { data: who });
  expect(answer.status(), await answer.text()).toBe(201);
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return { ...who, token };
}

/** Charges a member's wallet by the API, in as many charges as it takes. */
export async function chargeMember(request: APIRequestContext, who: Member, amount: number): Promise<void> {
  for (let left = amount; left > 0; left -= 100_000) {
    const answer = await request.post("/api/v1/wallet/charges", {
      data: { amount: Math.min(left, 100_000) },
      headers: { ...bearer(who), "Idempotency-Key": randomUUID() },
    });
    expect(answer.status(), await answer.text()).toBe(201);
  }
}

/** A member with money, logged in on the page. */
export async function shopperWith(page: Page, amount: number): Promise<Member> {
  const who = await member(page.request);
  await chargeMember(page.request, who, amount);
  await login(page, who);
  return who;
}

/** What the API says is in a member's wallet. */
export async function balanceOf(request: APIRequestContext, who: Member): Promise<number> {
  const answer = await request.get("/api/v1/wallet", { headers: bearer(who) });
  expect(answer.status(), await answer.text()).toBe(200);
  return ((await answer.json()) as { balance: number }).balance;
}

export type ApiOrder = { id: string; status: string; final_amount: number };

/** A member's orders, newest first. */
export async function ordersOf(request: APIRequestContext, who: Member): Promise<ApiOrder[]> {
  const answer = await request.get("/api/v1/orders", { headers: bearer(who) });
  expect(answer.status(), await answer.text()).toBe(200);
  return ((await answer.json()) as { items: ApiOrder[] }).items;
}

/** The one product with this name. */
export async function productNamed(request: APIRequestContext, name: string): Promise<{ id: number; price: number; available_stock: number }> {
  const answer = await request.get(`/api/v1/products?q=${encodeURIComponent(name)}`);
  const { items } = (await answer.json()) as { items: { id: number; price: number; available_stock: number }[] };
  expect(items, name).toHaveLength(1);
  return items[0]!;
}

function bearer(who: Member): { Authorization: string } {
  return { Authorization: `Bearer ${who.token}` };
}

// ------------------------------------------------------------------ what every page owes everybody

/** Fails on anything that axe finds against WCAG 2.2 A and AA. Needs JavaScript: tag the test `@js`.
 *  Of a page that was judged in light, only its colours can be wrong in dark. */
export async function expectAccessible(page: Page, judged: "everything" | "colours" = "everything"): Promise<void> {
  expect(await axeFaults(page, judged), `axe on ${page.url()}`).toEqual([]);
}

/** Fails if the page is wider than the window, as on a telephone that scrolls sideways. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { content, window } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(content, `width of ${page.url()}`).toBeLessThanOrEqual(window);
}
