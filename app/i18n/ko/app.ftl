# The shop's Korean. Polite and plain (합니다체, "…해 주세요"); what happened, then what to do next.
# Money arrives written (₩12,900), counts of more than a few arrive grouped.

## The shop

brand = 담다
shop-description = 서체, 템플릿, 음악, 전자책. 혼자 만드는 사람들의 디지털 상품을 지갑 잔액으로 한 번에 사는 상점, 담다.
skip-to-content = 본문으로 건너뛰기

nav-main = 주 메뉴
nav-tabs = 아래 메뉴
nav-home = 홈
nav-products = 상품
nav-coupons = 쿠폰
nav-orders = 주문
nav-wallet = 지갑
nav-balance = 지갑 잔액
nav-cart = 장바구니
nav-cart-holding = 장바구니, { $count }개 담김
nav-account = 내 정보
nav-login = 로그인

search-label = 상품 찾기
search-whole-shop = 상점 전체에서 찾기
search-products = 상품 목록에서 찾기
search-by-name = 이름으로 찾기
search-button = 찾기
search-list = 찾은 상품
search-found-none = 찾은 상품이 없습니다.
search-found = 상품 { $count }개를 찾았습니다. 화살표로 고를 수 있습니다.

footer-line = 담다 · 디지털 상품을 담는 상점
footer-demo = 체험용 상점입니다. 상품과 돈은 모두 예시입니다.
seller-name = 상호
seller-representative = 대표자
seller-business-number = 사업자등록번호
seller-mail-order-number = 통신판매업 신고번호
seller-address = 주소
seller-phone = 전화
seller-email = 이메일
seller-hosting = 호스팅 제공자
seller-registry = 사업자 정보 확인
seller-missing = (상점 운영자가 아직 정하지 않음)
seller-example = 아래 사업자 정보는 체험용 예시이며, 실제 사업자가 아닙니다.
legal-links = 약관과 안내
choice-language = 언어
choice-theme = 화면 밝기
theme-auto = 자동
theme-light = 밝게
theme-dark = 어둡게

go-home = 홈으로
go-products = 상품 둘러보기
go-coupons = 쿠폰 받기
go-cart = 장바구니 보기
go-orders = 내 주문 보기
go-wallet = 지갑 보기
go-charge = 지갑 충전하기
go-login = 로그인하기
show-all = 모두 보기

pager = 페이지 이동
pager-first = 처음으로

moment-full = { $year }년 { $month }월 { $day }일 { $clock }{"\u00A0"}(KST)
moment-short = { $month }월 { $day }일 { $clock }{"\u00A0"}(KST)
wait-seconds = { $count }초
wait-minutes = { $count }분
moment-clock = { $clock }{"\u00A0"}(KST)
left-days = { $count }일
left-hours = { $count }시간
left-minutes = { $count }분
left-seconds = { $count }초
left-text = { $left } 남았습니다

pieces = { $count }개

## Home

home-title = 홈
hero-title-1 = 보이는 값 그대로,
hero-title-2 = 마음 놓고 담으세요.
hero-lead = 서체, 템플릿, 음악, 전자책. 혼자 만드는 사람들의 디지털 상품을 지갑 잔액으로 한 번에 삽니다.
hero-newest = 새로 들어온 상품
fact-stock = 재고는 지금 숫자입니다
fact-stock-text = 남았다고 쓰여 있으면 정말 남아 있습니다.
fact-amount = 본 금액만 결제합니다
fact-amount-text = 그 사이 값이 바뀌면 결제하지 않고 알려 드립니다.
fact-recovery = 어긋나면 되돌립니다
fact-recovery-text = 결제가 멈추면 돈과 쿠폰이 자동으로 돌아옵니다.
home-popular = 3일 동안 인기
home-coupons = 지금 받을 수 있는 쿠폰
home-newest = 새로 들어온 상품

empty-shop-title = 상점이 비어 있습니다
empty-shop-text = 아직 상품이 하나도 없습니다. 운영자라면 아래 명령으로 예시 상품과 쿠폰을 채울 수 있습니다.
empty-shop-import = 내 상품을 넣으려면 CSV 파일을 가져옵니다.

## Products

products-title = 상품
products-title-category = { $category } 상품
products-title-search = ‘{ $text }’ 찾기 결과
products-title-search-category = { $category }에서 ‘{ $text }’ 찾기 결과
products-title-next = { $title } (이어서)
products-description = 전자책, 서체, 템플릿, 음악, 게임, 강의, 아이콘. 담다에서 파는 디지털 상품을 한눈에 보고 바로 고르세요.
products-description-category = 담다의 { $category } 상품을 새것, 인기, 가격 순서로 둘러보세요. 남은 수량과 값이 보이는 그대로입니다.
products-count = { $count }개
products-more-than = { $count }개 넘게
products-shown = { $count } 있습니다. { $sort }으로 보여 드립니다.
products-found = ‘{ $text }’ 찾기 결과가 { $count } 있습니다. { $sort }으로 보여 드립니다.
products-more = 다음 상품 더 보기
products-none-title = ‘{ $text }’에 맞는 상품을 찾지 못했습니다
products-none-here-title = 여기에는 아직 상품이 없습니다
products-none-text = 짧은 낱말로 다시 찾거나, 전체 상품을 둘러보세요.
products-show-all = 전체 상품 보기
categories-label = 갈래
category-all = 전체
category-ebook = 전자책
category-font = 서체
category-template = 템플릿
category-music = 음악
category-game = 게임
category-course = 강의
category-icon = 아이콘
category-other = 기타
sort-label = 정렬
sort-newest = 최신순
sort-popular = 인기순
sort-price-asc = 낮은 가격순
sort-price-desc = 높은 가격순
product-rank = { $rank }위
product-sales = 3일 동안 { $count }개 판매
product-description = 상품 설명
product-similar = 비슷한 상품
product-together = 함께 산 상품
product-summary = { $name }. 담다에서 파는 디지털 상품입니다.
popular-categories = 인기 상품 갈래
seen-title = 최근 본 상품
seen-forget = 지우기
feed-title = 담다 새 상품
cover-alt = { $name } 표지
stock-none = 품절
stock-left = { $count }개 남음
quantity = 수량
quantity-of = { $name } 수량
quantity-left = 지금 { $count }개 남았습니다.
quantity-most = 한 번에 { $count }개까지 담을 수 있습니다.
quantity-change = 수량 변경
quantity-change-of = { $name } 수량 변경
add-to-cart = 담기
buy-now = 바로 구매
sold-out-title = 지금은 남은 재고가 없습니다
sold-out-text = 재고가 다시 들어오면 이 자리에서 바로 담을 수 있습니다.
sold-out-reason = 품절이라 담을 수 없습니다.
sold-out-similar = 비슷한 상품 보기
promise-wallet = 지갑 잔액으로 결제합니다
promise-recovery = 결제가 멈추면 자동으로 되돌립니다

## Cart and checkout

cart-title = 장바구니
cart-order = { $amount } 주문하기
cart-not-ready = 위에 표시한 상품의 수량을 바꾸거나 빼면 주문할 수 있습니다.
cart-coupon-later = 쿠폰은 다음 단계에서 고릅니다.
cart-remove = 빼기
cart-remove-name = { $name } 빼기
cart-put-back = 되돌리기
cart-line-short = 지금은 { $count }개까지만 살 수 있습니다. 수량을 바꿔 주세요.
cart-line-sold-out = 품절되었습니다. 장바구니에서 빼 주세요.
cart-gone = 이제 팔지 않는 상품입니다. 장바구니에서 빼 주세요.
cart-gone-name = 내려간 상품 { $id }번
cart-empty-title = 아직 담은 상품이 없습니다
cart-empty-text = 마음에 드는 상품을 담아 두면 여기 모입니다.
line-each = 한 개 { $price }
line-detail = { $price } × { $count }개

checkout-title = 주문 확인
checkout-lines = 담은 상품 { $count }개
checkout-pay = 결제
checkout-coupon-choice = 쓸 쿠폰
checkout-no-coupon = 쓰지 않음
checkout-no-coupons = 쓸 수 있는 쿠폰이 없습니다.
checkout-apply-coupon = 쿠폰 적용
checkout-not-yet = 아직 결제할 수 없습니다
checkout-gone = 이제 팔지 않는 상품이 들어 있습니다. 장바구니에서 빼 주세요.
checkout-change-cart = 장바구니에서 바꾸기
checkout-gone-direct = 이제 팔지 않는 상품입니다.
checkout-back-to-product = 상품으로 돌아가기
checkout-without-coupon = 쿠폰 없이 결제하기
checkout-take-rest = 남은 { $count }개로 바꾸기
checkout-empty-title = 주문할 상품이 없습니다
checkout-empty-text = 이미 주문을 마쳤다면 내 주문에서 볼 수 있습니다.
coupon = 쿠폰

sum-label = 합계
sum-title = 결제 금액
sum-products = 상품 { $count }개
sum-items = 상품 금액
sum-discount = 할인
sum-discount-coupon = 할인 · 쿠폰 { $code }
sum-total = 합계
sum-pay = 결제할 금액
sum-balance = 지금 잔액
sum-balance-after = 결제 후 잔액
sum-missing = 모자란 금액
sum-paid = 결제한 금액
sum-not-paid = 주문 금액 (결제하지 않음)
sum-coming-back = 되돌릴 금액
sum-given-back = 돌려 드린 금액

pay-button = { $amount } 결제하기
pay-busy = 결제하고 있습니다…
pay-note = 이 금액이 바뀌면 결제하지 않습니다.
pay-missing = 잔액을 채우면 결제할 수 있습니다.
pay-problems = 위에 적힌 것을 풀면 결제할 수 있습니다.
pay-paused = { $until }부터 결제할 수 있습니다.
pay-button-changed = 바뀐 금액 { $amount } 결제하기
amount-change = 바뀐 금액
amount-seen = 전에 본 금액
amount-now = 지금 금액
price-seen = 전에 본 가격
price-now = 지금 가격

consent-label = 위 내용을 확인했고, 결제하면 바로 제공받는 데 동의합니다. (필수)
consent-missing = 결제하려면 청약철회 안내를 확인하고 동의해 주세요.
consent-more = 청약철회와 환불 안내 전체 보기 (새 창)
consent-given = 청약철회 안내에 동의함
consent-show = 동의한 안내 보기

missing-title = 잔액이 { $amount } 모자랍니다
missing-text = 여기서 바로 충전하면 이 주문으로 돌아옵니다.
missing-hint = 모자란 만큼 채워 두었습니다. 1,000원부터 100,000원까지, 10원 단위로 충전합니다.
missing-hint-many = 한 번에 100,000원까지 충전할 수 있어, 모두 채우려면 { $count }번 충전해야 합니다.
missing-button = 충전하고 돌아오기

## Orders

orders-title = 주문
orders-more = 지난 주문 더 보기
orders-empty-title = 아직 주문이 없습니다
orders-empty-text = 주문하면 진행과 금액을 여기서 볼 수 있습니다.
order-number = 주문 번호
order-progress = 진행
order-items = 상품 { $count }개
order-amounts = 금액
order-look-again = 지금 상태 보기
order-again = 다시 주문하기
order-take-rest = 남은 { $count }개로 다시 주문하기
order-name-and-others = { $name } 외 { $others }가지

receipt-show = 영수증 보기
receipt-title = 영수증
receipt-back = 주문으로 돌아가기
receipt-print = 브라우저의 인쇄로 종이나 PDF에 담을 수 있습니다.
receipt-facts = 주문
receipt-number = 주문 번호
receipt-ordered = 주문한 때
receipt-paid = 결제한 때
receipt-means = 결제 수단
receipt-wallet = 지갑 잔액
receipt-state = 상태
receipt-lines = 산 상품
receipt-column-name = 상품
receipt-column-price = 값
receipt-column-quantity = 수량
receipt-column-amount = 금액
receipt-seller = 판매자
receipt-note = 이 영수증은 지갑 잔액으로 산 내역을 알려 드리는 것으로, 세금계산서나 현금영수증이 아닙니다. 시각은 한국 표준시(KST)입니다.

status-reserved = 결제 중
status-paid = 마무리 중
status-completed = 완료
status-rejected = 거절됨
status-expired = 시간 초과
status-pending = 되돌리는 중
status-failed = 되돌림
status-partially-refunded = 일부 환불됨
status-refunded = 환불됨

order-title-running = 주문을 처리하고 있습니다
order-title-completed = 주문을 마쳤습니다
order-title-rejected = 주문이 거절되었습니다
order-title-expired = 결제 시간이 지나 주문이 끝났습니다
order-title-pending = 주문을 마치지 못했습니다
order-title-failed = 주문이 취소되고 모두 되돌렸습니다
order-title-partially-refunded = 일부를 환불했습니다
order-title-refunded = 환불했습니다

order-running = 곧 결과가 나옵니다
order-running-text = 이 페이지는 저절로 새로 고쳐집니다. 같은 주문을 다시 넣지 않아도 됩니다.
order-pending = 모두 자동으로 되돌립니다
order-pending-paid-text = 결제하던 중에 문제가 생겼습니다. { $moment }쯤 { $amount }이 자동으로 돌아옵니다. 따로 하실 일은 없습니다.
order-pending-coupon-text = 결제하던 중에 문제가 생겼습니다. { $moment }쯤 { $amount }과 쓴 쿠폰이 자동으로 돌아옵니다. 따로 하실 일은 없습니다.
order-pending-unpaid-text = 주문하던 중에 문제가 생겼습니다. 빠져나간 돈은 없습니다. 잡아 둔 재고는 { $moment }쯤 자동으로 풀립니다.
order-failed-paid = { $amount }을 돌려 드렸습니다
order-failed-unpaid = 빠져나간 돈은 없습니다
order-failed-text = 잡아 둔 재고도 풀었습니다. 원하시면 다시 주문할 수 있습니다.
order-failed-coupon-text = 쓴 쿠폰도 돌려 드렸고, 잡아 둔 재고도 풀었습니다. 원하시면 다시 주문할 수 있습니다.
order-expired = 빠져나간 돈은 없습니다
order-expired-text = 시간 안에 결제가 끝나지 않아 재고를 풀었습니다. 원하시면 다시 주문할 수 있습니다.

step-received = 주문을 받았습니다
step-paying = 재고를 잡고 결제하고 있습니다
step-paid = 지갑에서 { $amount } 결제했습니다
step-finishing = 주문을 마무리하고 있습니다
step-completed = 주문을 마쳤습니다
step-stopped = 주문을 마치지 못했습니다
step-awaiting-recovery = 되돌리기를 기다립니다
step-awaiting-recovery-note = { $moment }쯤 이 주문이 쓴 것을 모두 되돌립니다.
step-recovered = 모두 되돌렸습니다
step-rejected = 주문이 거절되었습니다
step-expired = 결제 시간이 지났습니다
step-expired-note = 잡아 둔 재고를 풀었습니다. 빠져나간 돈은 없습니다.
step-refunded = 모두 환불했습니다
step-partially-refunded = 일부를 환불했습니다
given-back-balance = 잔액 +{ $amount }
given-back-coupon = 쿠폰 { $code }
given-back-stock = 재고

## Wallet

wallet-title = 지갑
wallet-balance = 잔액
wallet-limit = { $limit }까지 담을 수 있습니다.
charge-title = 충전
charge-amount = 충전할 금액
charge-unit = 원
charge-hint = 1,000원부터 100,000원까지, 10원 단위
charge-presets = 자주 쓰는 금액
charge-preset-name = { $amount } 넣기
charge-button = 충전하기
charge-busy = 충전하고 있습니다…
statement-title = 내역
statement-after = 잔액 { $balance }
statement-more = 지난 내역 더 보기
statement-empty-title = 아직 내역이 없습니다
statement-empty-text = 충전하거나 결제하면 여기에 한 줄씩 남습니다.
posting-charge = 충전
posting-payment = 주문 결제
posting-recovery = 주문이 멈춰 되돌림
posting-refund = 환불
posting-adjustment = 운영자 조정

## Coupons

coupons-title = 쿠폰
coupons-lead = 선착순입니다. 한 사람이 한 장씩 받습니다.
coupons-shelves = 쿠폰 갈래
coupons-running = 받을 수 있는 쿠폰
coupons-mine = 내 쿠폰
coupons-upcoming = 곧 열리는 쿠폰
coupons-finished = 끝난 쿠폰
coupons-empty-title = 지금은 쿠폰이 없습니다
coupons-empty-text = 새 쿠폰이 열리면 여기서 받을 수 있습니다.
coupon-off = 할인
coupon-terms-any = 모든 주문 · { $until }까지
coupon-terms-minimum = { $minimum } 이상 주문 · { $until }까지
coupon-terms-held = 주문이 끝나면 쓴 쿠폰이 되고, 멈추면 돌아옵니다.
coupon-terms-used = { $moment }에 썼습니다
coupon-terms-finished = { $until }에 끝났습니다
coupon-badge-upcoming = 곧 열림
coupon-badge-sold-out = 모두 나감
coupon-badge-finished = 끝남
coupon-state-issued = 쓸 수 있음
coupon-state-held = 주문에서 쓰는 중
coupon-state-used = 사용함
coupon-state-expired = 기한 지남
coupon-remaining = { $total }장 중 { $left }장 남음
coupon-remaining-label = 남은 쿠폰
coupon-gone = 이제 받을 수 없는 쿠폰입니다.
coupon-claim = 받기
coupon-claim-name = { $name } 쿠폰 받기
coupon-log-in = 로그인하고 받기
coupon-opens = { $moment }부터
coupon-opens-in = 열리기까지 { $left }
claim-blocked = 주문이나 쿠폰 받기가 이어서 거절되어 잠시 쉽니다. { $until }부터 쿠폰을 받을 수 있습니다.
claim-limited = 쿠폰 받기를 잇따라 눌렀습니다. { $until }부터 다시 받을 수 있습니다.
coupon-use = 쓰러 가기
coupon-show-order = 주문 보기
coupon-reason-unknown = 없는 쿠폰입니다. 코드를 확인해 주세요.
coupon-reason-not-claimed = 먼저 받아야 쓸 수 있는 쿠폰입니다.
coupon-reason-in-use = 다른 주문에서 쓰는 중인 쿠폰입니다.
coupon-reason-used = 이미 쓴 쿠폰입니다.
coupon-reason-not-begun = 아직 시작하지 않은 쿠폰입니다.
coupon-reason-expired = 기한이 지난 쿠폰입니다.
coupon-reason-stopped = 운영자가 멈춘 쿠폰입니다.
coupon-reason-below-minimum = 주문 금액이 이 쿠폰의 최소 금액보다 적습니다.
coupon-below-minimum = { $minimum } 이상 주문에 쓸 수 있습니다. { $missing }어치 더 담으면 됩니다.
coupon-reason-nothing-left = 할인 금액이 주문 금액보다 크거나 같아 쓸 수 없습니다.

## Accounts

login-title = 로그인
login-button = 로그인
login-new-here = 처음이신가요?
register-title = 회원 가입
register-button = 가입하기
register-age = 만 { $least }세 이상입니다
register-terms-before = 가입하면{" "}
register-terms = 이용약관
register-terms-between = 에 동의하고{" "}
register-privacy = 개인정보처리방침
register-terms-after = 을 확인한 것으로 봅니다.
register-known = 이미 가입하셨나요?
field-name = 이름
field-email = 이메일
field-password = 비밀번호
field-current-password = 지금 비밀번호
field-new-password = 새 비밀번호
password-hint = { $least }자에서 { $most }자까지
account-title = 내 정보
account-profile = 프로필
account-password = 비밀번호 바꾸기
account-password-hint = { $least }자에서 { $most }자까지. 바꾸면 다른 기기에서 로그아웃됩니다.
account-logout = 로그아웃
account-logout-text = 이 기기에서 나갑니다. 장바구니는 그대로 남습니다.
forgot-link = 비밀번호를 잊으셨나요?
forgot-title = 비밀번호 찾기
forgot-hint = 가입할 때 쓴 주소로 새 비밀번호를 정하는 링크를 보내 드립니다.
forgot-button = 링크 받기
forgot-back = 로그인으로 돌아가기
reset-title = 새 비밀번호 정하기
reset-button = 이 비밀번호로 바꾸기
reset-note = 바꾸면 모든 기기에서 로그아웃됩니다. 새 비밀번호로 다시 로그인해 주세요.
reset-used = 이미 쓴 링크입니다
reset-used-text = 링크는 한 번만 쓸 수 있습니다. 비밀번호를 다시 바꾸려면 새 링크를 받아 주세요.
reset-expired = 시간이 지난 링크입니다
reset-expired-text = 링크는 한 시간 동안 쓸 수 있습니다. 새 링크를 받아 주세요.
reset-unknown = 쓸 수 없는 링크입니다
reset-unknown-text = 메일에 있는 링크를 끝까지 열었는지 확인하거나, 새 링크를 받아 주세요.
reset-again = 새 링크 받기
account-rename = 이름 바꾸기
account-language = 언어
account-language-text = 화면과 메일에 쓰는 언어입니다.
account-close = 탈퇴하기
account-close-text = 이름, 이메일, 비밀번호를 지웁니다.
close-title = 회원 탈퇴
close-goes = 지워지는 것
close-goes-person = 이름, 이메일, 비밀번호
close-goes-access = 모든 기기의 로그인과 보내려던 메일
close-goes-coupons = 받은 쿠폰을 쓸 기회
close-stays = 남는 것
close-stays-orders = 주문과 지갑 내역은 법에 따라 이름 없이 남습니다.
close-stays-email = 같은 이메일로 언제든 새로 가입할 수 있습니다. 지난 주문은 이어지지 않습니다.
close-balance = 지갑에 { $amount }이 남아 있습니다
close-balance-text = 탈퇴하면 이 잔액은 사라지고 돌려받을 수 없습니다. 쓰고 나서 탈퇴할 수도 있습니다.
close-forfeit = 잔액 { $amount }을 포기합니다
close-button = 탈퇴하기
close-final = 되돌릴 수 없습니다.
account-operator = 운영자 계정
account-operator-text = 상점을 관리하는 화면으로 갑니다.

## Terms and notices

legal-terms = 이용약관
legal-privacy = 개인정보 처리방침
legal-refunds = 청약철회와 환불
legal-withdrawal = 청약철회 안내
legal-contents = 차례
legal-updated = { $date }부터 적용
legal-example = 체험용 상점의 예시 문서입니다.
legal-description = 담다의 { $name }입니다.
notice-title = 동의한 청약철회 안내
notice-since = 이 안내를 쓴 때:

## Operators

admin-title = 상점 관리
admin-lead = { $name } 님, 지금 상점의 모습입니다.
admin-counts = 상점 현황
admin-users = 회원
admin-products = 파는 상품
admin-sold-out = 그중 품절
admin-at-least = { $count } 이상
admin-links = 바로 가기
admin-see-products = 상품 목록
admin-see-coupons = 쿠폰
admin-see-health = 서버 상태

## What forms leave to say

note-welcome = 가입을 환영합니다
note-welcome-text = 지갑을 충전하면 바로 살 수 있습니다.
note-logged-out = 로그아웃했습니다
note-log-in-first = 먼저 로그인해 주세요
note-log-in-first-text = 로그인하면 하던 일로 돌아갑니다. 장바구니는 그대로 있습니다.
note-password-changed = 비밀번호를 바꿨습니다
note-password-changed-text = 다른 기기에서는 모두 로그아웃되었습니다.
note-added = 장바구니에 { $count }개 담았습니다
note-removed = { $name }, 장바구니에서 뺐습니다
note-put-back = 장바구니에 다시 담았습니다
note-other-account = 다른 계정으로 열어 둔 화면이었습니다
note-other-account-text = 아무것도 하지 않았습니다. 지금은 { $name } 님으로 로그인되어 있습니다. 내용을 확인하고 다시 눌러 주세요.
cookies-off = 브라우저가 쿠키를 받지 않는 것 같습니다
cookies-off-text = 쿠키가 없으면 로그인과 장바구니가 남지 않습니다. 브라우저 설정에서 이 상점의 쿠키를 허용한 뒤 다시 해 주세요.
note-too-many-of-one = 같은 상품은 10개까지 담을 수 있습니다
note-too-many-of-one-text = 장바구니에 이미 담긴 수량을 확인해 주세요.
note-too-many-in-all = 한 번에 30개까지 담을 수 있습니다
note-too-many-in-all-text = 장바구니를 먼저 주문하거나 수량을 줄여 주세요.
note-charged = { $amount }을 충전했습니다
note-claimed = 쿠폰을 받았습니다
note-claimed-text = ‘{ $name }’ 쿠폰을 주문할 때 고를 수 있습니다.
note-invalid-credentials-text = 다시 확인해 주세요. 비밀번호를 잊었다면 새로 정할 수 있습니다.
note-limited = 잠시만 기다려 주세요
note-limited-text = 요청이 잇따라 왔습니다. { $until }(한국 시간)부터 다시 할 수 있습니다.
note-blocked = 잠시 쉬었다가 다시 해 주세요
note-blocked-text = 주문이나 쿠폰 받기가 여러 번 이어서 거절되었습니다. { $until }부터 다시 할 수 있습니다. 담은 상품은 그대로 있습니다.
note-blocked-login-text = 로그인이 여러 번 이어서 실패했습니다. { $until }부터 다시 할 수 있습니다.
note-blocked-password-text = 비밀번호가 여러 번 이어서 맞지 않았습니다. { $until }부터 다시 할 수 있습니다.
note-charges-closed = 지금은 이 상점에서 충전할 수 없습니다
note-in-progress = 앞서 보낸 주문을 처리하고 있습니다
note-reused = 이미 다른 내용으로 보낸 주문입니다
note-reused-text = 내 주문에서 결과를 확인하고, 더 사려면 아래에서 다시 눌러 주세요.
note-busy = 지금 주문이 많습니다
note-amount-changed = 쿠폰을 반영했습니다
note-amount-changed-text = 결제할 금액이 달라졌습니다. 확인하고 다시 결제해 주세요.
note-malformed = 보낸 내용을 읽지 못했습니다
note-malformed-text = 바뀐 것은 없습니다. 내용을 확인하고 다시 보내 주세요.
note-frozen = 이 계정은 지금 쓸 수 없습니다
note-mail-off = 이 상점은 아직 메일을 보내지 않습니다
note-orders-unfinished = 아직 끝나지 않은 주문이 있습니다
note-reset-asked = 메일을 확인해 주세요
note-reset-asked-text = 이 이메일로 가입한 계정이 있다면 새 비밀번호를 정하는 링크를 보냈습니다. 링크는 한 시간 동안 한 번 쓸 수 있습니다. 몇 분이 지나도 오지 않으면 스팸함과 주소를 확인해 주세요.
note-password-reset = 새 비밀번호를 정했습니다
note-password-reset-text = 모든 기기에서 로그아웃되었습니다. 새 비밀번호로 로그인해 주세요.
note-renamed = 이름을 바꿨습니다
note-language-kept = 언어를 바꿨습니다
note-account-closed = 탈퇴했습니다
note-account-closed-text = 이름, 이메일, 비밀번호를 지웠습니다. 그동안 고마웠습니다.
note-fault = 처리하지 못했습니다

refused-title = 처리하지 못했습니다
refused-title-order = 주문하지 못했습니다
refused-title-claim = 쿠폰을 받지 못했습니다
refused-title-charge = 충전하지 못했습니다
refused-no-money = 빠져나간 돈은 없습니다.
refused-stock = 남은 재고가 { $available }개라 { $requested }개를 살 수 없습니다.
refused-sold-out = 방금 품절되었습니다.
refused-balance = 잔액이 { $missing } 모자랍니다. 지갑을 충전해 주세요.
refused-limit = 지갑에는 { $limit }까지 담을 수 있습니다. 지금 잔액은 { $balance }입니다.
refused-limit-unfinished = 지갑에는 { $limit }까지 담을 수 있습니다. 끝나지 않은 주문의 { $unfinished }도 돌아올 자리를 남겨 둡니다.
refused-coupon-sold-out = 쿠폰이 모두 나갔습니다. 다른 쿠폰을 살펴봐 주세요.
refused-coupon-claimed = 이미 받은 쿠폰입니다. 내 쿠폰에서 볼 수 있습니다.
refused-price = 결제할 금액이 { $expected }에서 { $actual }으로 바뀌었습니다. 새 금액을 확인해 주세요.

## Errors, in pages and in the API's detail

error-invalid = 입력한 값 가운데 맞지 않는 것이 있습니다.
error-order-failed = 이 주문은 마치지 못했고, 돈과 쿠폰을 모두 되돌렸습니다.
error-order-expired = 이 주문은 시간 안에 결제되지 않아 끝났습니다. 빠져나간 돈은 없습니다.
error-not-found = 찾을 수 없습니다.
error-email-taken = 이미 가입한 이메일입니다.
error-invalid-credentials = 이메일이나 비밀번호가 맞지 않습니다
error-forbidden = 허용되지 않은 요청입니다.
error-frozen = 운영자가 이 계정을 멈춰 두었습니다. 까닭이 궁금하시면 상점 운영자에게 문의해 주세요.
error-mail-off = 메일이 설정되지 않아 링크를 보낼 수 없습니다. 상점 운영자에게 새 비밀번호를 부탁해 주세요.
error-orders-unfinished = 진행 중인 주문 { $count }건이 끝나면 탈퇴할 수 있습니다. 보통 1~2분이면 끝납니다.
error-in-progress = 같은 요청을 아직 처리하고 있습니다. 잠시 뒤에 결과를 확인해 주세요.
error-reused = 같은 요청 번호로 다른 내용을 보냈습니다. 새 번호로 보내 주세요.
error-rate-limited = 요청이 너무 잦습니다. { $wait } 뒤에 다시 시도해 주세요.
error-blocked = 연이은 실패로 잠시 막혔습니다. { $wait } 뒤에 다시 시도해 주세요.
error-busy = 지금은 요청이 많아 받지 못했습니다. 잠시 뒤에 다시 시도해 주세요.
error-fault = 상점에 문제가 생겼습니다. 잠시 뒤에 다시 시도해 주세요.

http-malformed-request = 요청을 읽을 수 없습니다. 본문이 UTF-8로 쓴 올바른 JSON인지 확인해 주세요.
http-unauthorized = 로그인이 필요합니다. 유효한 액세스 토큰을 함께 보내 주세요.
http-method = 이 주소에서는 쓸 수 없는 메서드입니다. Allow 헤더에 있는 메서드를 써 주세요.
http-media-type = 본문은 JSON이어야 합니다. Content-Type: application/json 으로 보내 주세요.
http-timeout = 요청이 제시간에 다 도착하지 않았습니다. 다시 보내 주세요.
http-too-large = 보내신 내용이 너무 큽니다. 줄여서 다시 보내 주세요.
http-key-missing = 요청 번호가 없습니다. Idempotency-Key 헤더에 새 번호를 넣어 주세요.

field-email-malformed = 이메일 주소를 name@example.com 모양으로 적어 주세요.
field-name-malformed = 이름에 쓸 수 없는 글자가 있습니다.
field-password-short = 비밀번호는 { $least }자 이상이어야 합니다.
field-password-long = 비밀번호는 { $most }자까지 쓸 수 있습니다.
field-age-required = 만 14세 이상만 가입할 수 있습니다. 맞다면 표시해 주세요.
field-forfeited-required = 남은 잔액을 포기하는 데 동의하거나, 먼저 잔액을 다 써 주세요.
field-forfeited-changed = 그사이 잔액이 바뀌었습니다. 금액을 다시 확인해 주세요.
field-amount = 1,000원부터 100,000원까지, 10원 단위로 넣어 주세요.
field-items-required = 상품을 하나 이상 담아 주세요.
field-items-too-many = 한 주문에 { $most }개까지 살 수 있습니다.
field-quantity-too-many = 같은 상품은 한 주문에 { $most }개까지 살 수 있습니다.
field-product-unknown = 없거나 이제 팔지 않는 상품입니다.
field-coupon-malformed = 쿠폰 코드는 영문, 숫자, -, _ 3자에서 40자까지입니다.
problem-required = 꼭 넣어 주세요.
problem-malformed = 형식에 맞지 않습니다.
problem-too-short = { $least }자 이상 넣어 주세요.
problem-too-long = { $most }자까지 넣을 수 있습니다.
problem-too-small = { $least } 이상이어야 합니다.
problem-too-large = { $most } 이하여야 합니다.
problem-not-a-step = { $step } 단위로 넣어 주세요.
problem-unknown = 없는 값입니다.
problem-mismatch = 서로 맞지 않습니다.
problem-wrong-password = 지금 비밀번호가 맞지 않습니다.

## Letters

letter-footer = { $site } 에서 보낸 메일입니다. 이 주소로는 답장을 받지 않습니다.
letter-welcome-subject = 담다 가입을 환영합니다
letter-welcome-heading = { $name } 님, 반갑습니다
letter-welcome-text = { $email } 주소로 계정을 열었습니다. 지갑을 충전하면 바로 살 수 있습니다.
letter-welcome-not-you = 가입하신 적이 없다면 다른 분이 주소를 잘못 적은 것입니다. 로그인 화면의 ‘비밀번호를 잊으셨나요?’에서 비밀번호를 바꾼 뒤 탈퇴할 수 있습니다.
letter-order-subject = 주문을 마쳤습니다: { $name }
letter-order-heading = { $name } 님, 주문을 마쳤습니다
letter-order-number = 주문 번호 { $id }
letter-order-link = 주문 보기
letter-reset-subject = 새 비밀번호를 정하는 링크입니다
letter-reset-heading = { $name } 님, 새 비밀번호를 정해 주세요
letter-reset-text = 아래 링크에서 새 비밀번호를 정할 수 있습니다. { $until }까지 한 번 쓸 수 있습니다.
letter-reset-link = 새 비밀번호 정하기
letter-reset-not-you = 요청하신 적이 없다면 그냥 두셔도 됩니다. 비밀번호는 바뀌지 않았습니다.
letter-changed-subject = 비밀번호가 바뀌었습니다
letter-changed-heading = { $name } 님, 비밀번호가 바뀌었습니다
letter-changed-text = { $moment }에 비밀번호가 바뀌었고, 다른 기기에서는 모두 로그아웃되었습니다.
letter-changed-not-you = 직접 바꾸지 않으셨다면 지금 바로 새 비밀번호를 정해 주세요.
letter-test-subject = 담다 시험 메일
letter-test-heading = 메일이 잘 도착했습니다
letter-test-text = 이 메일이 보인다면 상점의 메일 설정이 맞습니다.

## Pages that are not there

not-found-short = 찾을 수 없음
not-found-title = 찾으시는 페이지가 없습니다
not-found-text = 주소가 바뀌었거나 상품이 내려갔을 수 있습니다.
forbidden-title = 받을 수 없는 요청입니다
forbidden-text = 다른 사이트에서 보낸 요청이거나, 이 계정으로는 할 수 없는 일입니다. 바뀐 것은 없습니다.
not-this-way-title = 이 주소는 이렇게 열 수 없습니다
not-this-way-text = 양식을 보내는 주소를 바로 열었습니다. 바뀐 것은 없습니다.
too-large-title = 보낸 내용이 너무 큽니다
too-large-text = 받지 않았고 바뀐 것도 없습니다. 내용을 줄여 다시 보내 주세요.
busy-title = 지금은 손님이 많습니다
busy-text = 요청을 받지 못했습니다. 결제한 돈은 안전합니다. 잠시 뒤에 다시 열어 주세요.
unreadable-request-title = 요청을 이해하지 못했습니다
unreadable-request-text = 보낸 내용을 읽지 못해 아무것도 바꾸지 않았습니다. 앞 페이지에서 다시 해 주세요.
maintenance-title = 잠시 문을 닫고 손보고 있습니다
maintenance-text = 지갑 잔액, 쿠폰, 주문은 모두 그대로 있습니다. 조금 뒤에 다시 찾아 주세요.
unreadable-title = 주소를 이해하지 못했습니다
unreadable-text = 주소 뒤에 붙은 값 가운데 없는 것이 있습니다.
unreadable-action = 값 없이 열기
failed-title = 상점에 문제가 생겼습니다
failed-text = 결제한 돈은 안전합니다. 주문을 마치지 못했다면 자동으로 되돌립니다. 잠시 뒤에 다시 열어 주세요.
failed-again = 다시 열기
failed-number = 문의할 때 이 번호를 알려 주세요:
