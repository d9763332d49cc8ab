// Orders that stopped on their way, as their rows would be found: what a process leaves behind that dies between
// two stages, and what the shop's jobs make of it. The books add up after each.
import { randomUUID } from "node:crypto";

import type { Shop } from "./shop.ts";

export type Stopped = {
  status: "RESERVED" | "PAID" | "PENDING" | "FAILED" | "EXPIRED";
  paid?: boolean;
  /** One that the shopper has claimed, and its discount in won. */
  coupon?: { code: string; discount: number };
};

/** Thirty-two hexadecimal digits that begin with their moment, as the shop makes its ids. */
function datedId(now: number): string {
  return `${now.toString(16).padStart(12, "0")}7${randomUUID().replaceAll("-", "").slice(13)}`;
}

/** Puts an order of one piece of a product (at its price now) into this state; returns its id. */
export async function stoppedOrder(shop: Shop, email: string, product: number, how: Stopped): Promise<string> {
  const now = Date.now();
  const id = datedId(now);
  const user = `(SELECT id FROM users WHERE email = '${email}')`;
  const price = `(SELECT price FROM products WHERE id = ${product})`;
  const coupon = how.coupon === undefined ? "NULL" : `(SELECT id FROM coupons WHERE code = '${how.coupon.code}')`;
  const discount = how.coupon?.discount ?? 0;
  const holds = how.status !== "FAILED" && how.status !== "EXPIRED";
  const at = (did: boolean) => (did ? String(now) : "NULL");

  const statements = [
    `INSERT INTO orders (id, user_id, status, total_amount, discount_amount, final_amount, coupon_id, coupon_code, created_at, paid_at, pending_at, finished_at)
      VALUES (x'${id}', ${user}, '${how.status}', ${price}, ${discount}, ${price} - ${discount}, ${coupon}, ${how.coupon ? `'${how.coupon.code}'` : "NULL"},
        ${now}, ${at(how.paid === true)}, ${at(how.status === "PENDING" || how.status === "FAILED")}, ${at(!holds)})`,
    `INSERT INTO order_items (order_id, line_no, product_id, name, name_en, unit_price, quantity, amount)
      SELECT x'${id}', 1, id, name, name_en, price, 1, price FROM products WHERE id = ${product}`,
    `INSERT INTO requests (user_id, scope, request_id, body_hash, subject_id, created_at)
      VALUES (${user}, 'order', CAST('stopped-${id}' AS BLOB), zeroblob(32), x'${id}', ${now})`,
  ];
  const post = (type: "PAYMENT" | "RECOVERY", amount: string) => {
    const posting = datedId(now);
    statements.push(
      `UPDATE wallets SET balance = balance + ${amount} WHERE user_id = ${user}`,
      `INSERT INTO point_transactions (id, user_id, type, amount, balance_after, order_id, created_at)
        SELECT x'${posting}', user_id, '${type}', ${amount}, balance, x'${id}', ${now} FROM wallets WHERE user_id = ${user}`,
      `INSERT INTO posting_causes (order_id, kind, part, posting_id) VALUES (x'${id}', '${type}', 0, x'${posting}')`,
    );
  };
  if (holds) statements.push(`UPDATE products SET reserved_stock = reserved_stock + 1 WHERE id = ${product}`);
  if (how.paid) post("PAYMENT", `(${discount} - ${price})`);
  if (how.paid && !holds) post("RECOVERY", `(${price} - ${discount})`);
  if (how.paid && holds && how.coupon) {
    statements.push(`UPDATE user_coupons SET status = 'HELD', order_id = x'${id}' WHERE user_id = ${user} AND coupon_id = ${coupon}`);
  }
  await shop.sql(`BEGIN IMMEDIATE;\n${statements.join(";\n")};\nCOMMIT;`);
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Lets a minute pass for orders that wait to be undone. */
export async function letTheMinutePass(shop: Shop): Promise<void> {
  await shop.sql("UPDATE orders SET pending_at = pending_at - 60000 WHERE status = 'PENDING'");
}
