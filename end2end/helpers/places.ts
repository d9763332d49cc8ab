// Every page of the shop in each of its states, for the tests and pictures that go through all of them.
import { randomUUID } from "node:crypto";

import { addToCart, chargeMember, login, type Member, member, productNamed } from "./people.ts";
import type { Shop } from "./shop.ts";
import { type Stopped, stoppedOrder } from "./stopped.ts";
import { expect, type Page } from "./test.ts";

export type Place = {
  /** What is seen there; also the name of its picture. */
  name: string;
  path: string;
  /** 200 unless said. */
  status?: number;
  /** A sentence of the page that says it is the state that is meant. */
  shows?: string | RegExp;
};

/** What anybody sees. */
export async function strangersPlaces(page: Page): Promise<Place[]> {
  const id = async (name: string) => (await productNamed(page.request, name)).id;
  return [
    { name: "home", path: "/", shows: "마음 놓고 담으세요" },
    { name: "products", path: "/products" },
    { name: "products-category", path: "/products?category=font&sort=price_desc", shows: "벽돌집체" },
    { name: "products-found", path: "/products?q=%EB%B0%A4", shows: "찾기 결과" },
    { name: "products-none", path: "/products?q=%EC%97%86%EB%8A%94%EA%B2%83", shows: "찾지 못했습니다" },
    { name: "products-unreadable", path: "/products?sort=cheap", status: 422, shows: "주소를 이해하지 못했습니다" },
    { name: "product", path: `/products/${await id("느린 아침의 기록")}`, shows: "상품 설명" },
    { name: "product-few", path: `/products/${await id("창가: 포트폴리오 웹 서식")}`, shows: "개 남음" },
    { name: "product-sold-out", path: `/products/${await id("벽돌집체")}`, shows: "남은 재고가 없습니다" },
    { name: "coupons", path: "/coupons", shows: "로그인하고 받기" },
    { name: "cart-empty", path: "/cart", shows: "아직 담은 상품이 없습니다" },
    { name: "login", path: "/login" },
    { name: "login-asked", path: "/login?next=%2Fcheckout" },
    { name: "register", path: "/register" },
    { name: "forgot-password", path: "/forgot-password" },
    { name: "reset-password-stale", path: "/reset-password?token=0123456789abcdef" },
    { name: "terms", path: "/terms", shows: "청약철회와 환불" },
    { name: "privacy", path: "/privacy", shows: "개인정보 보호책임자" },
    { name: "refunds", path: "/refunds", shows: "단순 변심" },
    { name: "not-found", path: "/no-such-page", status: 404, shows: "찾으시는 페이지가 없습니다" },
  ];
}

/** What somebody sees who has just registered. */
export function newcomersPlaces(): Place[] {
  return [
    { name: "wallet-empty", path: "/wallet", shows: "아직 내역이 없습니다" },
    { name: "orders-empty", path: "/orders", shows: "아직 주문이 없습니다" },
    { name: "checkout-empty", path: "/checkout", shows: "주문할 상품이 없습니다" },
    { name: "checkout-short", path: "/checkout?items=1%3A2", shows: "모자랍니다" },
    { name: "account", path: "/account" },
  ];
}

/** Makes a shopper with a past (charges, orders, coupons, a cart), logs them in, and says what they see. */
export async function regularsPlaces(page: Page): Promise<{ who: Member; places: Place[] }> {
  const { request } = page;
  const who = await member(request);
  const bearer = () => ({ Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() });
  const order = async (items: [name: string, quantity: number][], coupon_code?: string): Promise<{ id: string; consent_notice?: string }> => {
    const lines = items.map(async ([name, quantity]) => ({ product_id: (await productNamed(request, name)).id, quantity }));
    const answer = await request.post("/api/v1/orders", {
      data: { items: await Promise.all(lines), coupon_code, withdrawal_consent: true },
      headers: bearer(),
    });
    return (await answer.json()) as { id: string; consent_notice?: string };
  };
  await order([["너른들 고딕", 1]]);
  await chargeMember(request, who, 150_000);
  for (const code of ["WELCOME10", "THANKS3000"]) {
    const answer = await request.post(`/api/v1/coupons/${code}/claims`, { headers: bearer() });
    expect(answer.status(), await answer.text()).toBe(201);
  }
  const { id: completed, consent_notice: notice } = await order([["느린 아침의 기록", 3], ["한 장 회의록", 1]], "WELCOME10");
  await order([["밤 버스", 1]]);
  const rejected = (await ordersWithStatus(page, who, "REJECTED"))[0];
  await login(page, who);
  await addToCart(page, "밤의 식물원");
  await addToCart(page, "물결 루프", 2);
  return {
    who,
    places: [
      { name: "home", path: "/" },
      { name: "cart", path: "/cart", shows: "₩44,900 주문하기" },
      { name: "checkout", path: "/checkout", shows: "결제 후 잔액" },
      { name: "checkout-coupon", path: "/checkout?coupon=THANKS3000", shows: "-₩3,000" },
      { name: "checkout-coupon-refused", path: "/checkout?items=24%3A1&coupon=THANKS3000", shows: "아직 결제할 수 없습니다" },
      { name: "checkout-stock-short", path: "/checkout?items=3%3A2", shows: "남은 재고가 1개라" },
      { name: "checkout-many-charges", path: "/checkout?items=7%3A9", shows: /\d번 충전/ },
      { name: "orders", path: "/orders", shows: "거절됨" },
      { name: "order-completed", path: `/orders/${completed}`, shows: "주문을 마쳤습니다" },
      { name: "order-rejected", path: `/orders/${rejected}`, shows: "주문이 거절되었습니다" },
      { name: "receipt", path: `/orders/${completed}/receipt`, shows: "영수증" },
      { name: "notice", path: `/notices/${notice}`, shows: "제17조" },
      { name: "wallet", path: "/wallet", shows: "주문 결제" },
      { name: "wallet-preset", path: "/wallet?amount=50000" },
      { name: "coupons", path: "/coupons", shows: "사용함" },
      { name: "account", path: "/account" },
      { name: "account-close", path: "/account/close" },
    ],
  };
}

/** Makes a shopper whose orders stopped on their way, logs them in, and says what they see. With the shop's jobs at
 *  work these orders would soon be over. */
export async function stoppedPlaces(page: Page, shop: Shop): Promise<Place[]> {
  const who = await member(page.request);
  await chargeMember(page.request, who, 100_000);
  const claim = await page.request.post("/api/v1/coupons/WELCOME10/claims", { headers: { Authorization: `Bearer ${who.token}` } });
  expect(claim.status(), await claim.text()).toBe(201);
  // Claimed while it ran, and never used.
  await shop.sql(`BEGIN IMMEDIATE;
    INSERT INTO user_coupons (user_id, coupon_id, status, claimed_at)
      SELECT u.id, c.id, 'ISSUED', c.starts_at FROM users u, coupons c WHERE u.email = '${who.email}' AND c.code = 'AUTUMN15';
    UPDATE coupons SET issued_quantity = issued_quantity + 1 WHERE code = 'AUTUMN15';
    COMMIT;`);
  const { id: product } = await productNamed(page.request, "밤 버스");
  const order = async (how: Stopped) => `/orders/${await stoppedOrder(shop, who.email, product, how)}`;
  const places: Place[] = [
    { name: "order-reserved", path: await order({ status: "RESERVED" }), shows: "재고를 잡고 결제하고 있습니다" },
    { name: "order-paid", path: await order({ status: "PAID", paid: true }), shows: "주문을 마무리하고 있습니다" },
    { name: "order-pending", path: await order({ status: "PENDING" }), shows: "빠져나간 돈은 없습니다" },
    {
      name: "order-pending-coupon",
      path: await order({ status: "PENDING", paid: true, coupon: { code: "WELCOME10", discount: 990 } }),
      shows: "쓴 쿠폰이 자동으로 돌아옵니다",
    },
    { name: "order-failed", path: await order({ status: "FAILED" }), shows: "빠져나간 돈은 없습니다" },
    { name: "order-failed-paid", path: await order({ status: "FAILED", paid: true }), shows: "₩9,900을 돌려 드렸습니다" },
    { name: "order-expired", path: await order({ status: "EXPIRED" }), shows: "재고를 풀었습니다" },
    { name: "orders-stopped", path: "/orders", shows: "되돌리는 중" },
    { name: "wallet-given-back", path: "/wallet", shows: "주문이 멈춰 되돌림" },
    { name: "coupons-mine", path: "/coupons", shows: /주문에서 쓰는 중[\s\S]*기한 지남|기한 지남[\s\S]*주문에서 쓰는 중/ },
  ];
  await login(page, who);
  return places;
}

/** What an operator sees besides. */
export async function operatorsPlaces(page: Page, shop: Shop): Promise<Place[]> {
  await login(page, shop.operator);
  await page.goto("/admin");
  const links = page.getByRole("main").locator('a[href^="/admin/"]');
  const paths = await links.evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
  return ["/admin", "/account", ...new Set(paths)].map((path) => ({ name: path.slice(1).replaceAll("/", "-"), path }));
}

/** Opens a place and makes sure that it is the one that is meant. */
export async function go(page: Page, place: Place): Promise<void> {
  const answer = await page.goto(place.path);
  expect(answer?.status(), place.path).toBe(place.status ?? 200);
  if (place.shows !== undefined) await expect(page.getByRole("main"), place.name).toContainText(place.shows);
}

async function ordersWithStatus(page: Page, who: Member, status: string): Promise<string[]> {
  const answer = await page.request.get("/api/v1/orders", { headers: { Authorization: `Bearer ${who.token}` } });
  const { items } = (await answer.json()) as { items: { id: string; status: string }[] };
  return items.filter((order) => order.status === status).map((order) => order.id);
}
