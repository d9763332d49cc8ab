// What a person reads and looks for on the way from a stranger to an owner, in each language. Written out
// here and not taken from the catalogues: a sentence that becomes wrong there is wrong here.
import type { Lang } from "./words.ts";

export type Tongue = {
  person: string;
  front: string;
  nav: { top: string; bottom: string; products: string; coupons: string; orders: string; wallet: string | RegExp; walletTab: string };
  login: { link: string; heading: string };
  register: { link: string; heading: string; name: string; email: string; password: string; age: string; button: string; done: string };
  wallet: { heading: string; amount: string; button: string; done: string; balance: string; payment: string };
  coupons: { heading: string; claim: string; done: string };
  find: { field: string; button: string; result: string };
  product: { name: string; quantity: string; two: string; add: string; done: string; onward: string };
  cart: { heading: string; order: string };
  checkout: { heading: string; coupon: string; apply: string; sum: string; agree: string; pay: string };
  order: { heading: string; state: string; paid: string };
  orders: { heading: string };
};

export const TONGUES: Record<Lang, Tongue> = {
  ko: {
    person: "이한글",
    front: "보이는 값 그대로,마음 놓고 담으세요.",
    nav: { top: "주 메뉴", bottom: "아래 메뉴", products: "상품", coupons: "쿠폰", orders: "주문", wallet: /^지갑 잔액/, walletTab: "지갑" },
    login: { link: "로그인", heading: "로그인" },
    register: { link: "회원 가입", heading: "회원 가입", name: "이름", email: "이메일", password: "비밀번호", age: "만 14세 이상입니다", button: "가입하기", done: "가입을 환영합니다" },
    wallet: { heading: "지갑", amount: "충전할 금액", button: "충전하기", done: "₩50,000을 충전했습니다", balance: "₩32,360", payment: "주문 결제" },
    coupons: { heading: "쿠폰", claim: "반가워요 10% 할인 쿠폰 받기", done: "쿠폰을 받았습니다" },
    find: { field: "이름으로 찾기", button: "찾기", result: "찾기 결과" },
    product: { name: "느린 아침의 기록", quantity: "수량", two: "2개", add: "담기", done: "장바구니에 2개 담았습니다", onward: "장바구니 보기" },
    cart: { heading: "장바구니", order: "₩19,600 주문하기" },
    checkout: { heading: "주문 확인", coupon: "반가워요 10% 할인", apply: "쿠폰 적용", sum: "결제할 금액", agree: "위 내용을 확인했고, 결제하면 바로 제공받는 데 동의합니다. (필수)", pay: "₩17,640 결제하기" },
    order: { heading: "주문을 마쳤습니다", state: "완료", paid: "결제한 금액" },
    orders: { heading: "주문" },
  },
  en: {
    person: "Jane Reader",
    front: "What you seeis what you pay.",
    nav: { top: "Main menu", bottom: "Bottom menu", products: "Products", coupons: "Coupons", orders: "Orders", wallet: /^Wallet balance/, walletTab: "Wallet" },
    login: { link: "Log in", heading: "Log in" },
    register: { link: "Create an account", heading: "Create an account", name: "Name", email: "E-mail", password: "Password", age: "I am at least 14 years old", button: "Create account", done: "Welcome" },
    wallet: { heading: "Wallet", amount: "Amount to charge", button: "Charge", done: "₩50,000 charged", balance: "₩32,360", payment: "Order payment" },
    coupons: { heading: "Coupons", claim: "Claim coupon Welcome: 10% off", done: "Coupon claimed" },
    find: { field: "Search by name", button: "Search", result: "Results for" },
    product: { name: "Notes from Slow Mornings", quantity: "Quantity", two: "2", add: "Add to cart", done: "2 added to your cart", onward: "View cart" },
    cart: { heading: "Cart", order: "Order for ₩19,600" },
    checkout: { heading: "Review your order", coupon: "Welcome: 10% off", apply: "Apply coupon", sum: "To pay", agree: "I have read this and agree to be provided with the goods as soon as I pay. (required)", pay: "Pay ₩17,640" },
    order: { heading: "Your order is complete", state: "Completed", paid: "Paid" },
    orders: { heading: "Orders" },
  },
};
