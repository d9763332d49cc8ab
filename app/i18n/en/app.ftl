# The shop's English, key for key with the Korean. Plain and short; what happened, then what to do next.

## The shop

brand = Damda
shop-description = Fonts, templates, music and e-books. Damda sells digital goods by independent makers, paid from your wallet in one step.
skip-to-content = Skip to content

nav-main = Main menu
nav-tabs = Bottom menu
nav-home = Home
nav-products = Products
nav-coupons = Coupons
nav-orders = Orders
nav-wallet = Wallet
nav-balance = Wallet balance
nav-cart = Cart
nav-cart-holding = { $count ->
    [one] Cart, 1 item
   *[other] Cart, { $count } items
}
nav-account = My account
nav-login = Log in

search-label = Search products
search-whole-shop = Search the whole shop
search-products = Search the product list
search-by-name = Search by name
search-button = Search
search-list = Products found
search-found-none = No products found.
search-found = { $count ->
    [one] 1 product found. Use the arrow keys to choose.
   *[other] { $count } products found. Use the arrow keys to choose.
}

footer-line = Damda · a shop for digital goods
footer-demo = This is a demo shop. Goods and money are examples.
seller-name = Seller
seller-representative = Representative
seller-business-number = Business registration number
seller-mail-order-number = Mail-order report number
seller-address = Address
seller-phone = Phone
seller-email = E-mail
seller-hosting = Hosting provider
seller-registry = Check the seller's registration
seller-missing = (not yet given by the shop's owner)
seller-example = The seller's details below are an example for the demo and belong to nobody.
legal-links = Terms and notices
choice-language = Language
choice-theme = Brightness
theme-auto = Auto
theme-light = Light
theme-dark = Dark

go-home = Go to the home page
go-products = Browse products
go-coupons = Get coupons
go-cart = View cart
go-orders = View my orders
go-wallet = View wallet
go-charge = Charge my wallet
go-login = Log in
show-all = Show all

pager = Pages
pager-first = Back to the start

moment-full = { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
} { $year }, { $clock }{"\u00A0"}(KST)
moment-short = { $day } { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}, { $clock }{"\u00A0"}(KST)
wait-seconds = { $count ->
    [one] 1 second
   *[other] { $count } seconds
}
wait-minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
}

moment-clock = { $clock }{"\u00A0"}(KST)
left-days = { $count } d
left-hours = { $count } h
left-minutes = { $count } min
left-seconds = { $count } s
left-text = { $left } left

pieces = { $count }

## Home

home-title = Home
hero-title-1 = What you see
hero-title-2 = is what you pay.
hero-lead = Fonts, templates, music, e-books. Digital goods by independent makers, paid from your wallet in one step.
hero-newest = Just in
fact-stock = Stock is live
fact-stock-text = If it says pieces are left, they really are.
fact-amount = You pay the amount you saw
fact-amount-text = If a price changes meanwhile, we ask instead of charging.
fact-recovery = Mishaps are undone
fact-recovery-text = If a payment gets stuck, money and coupon come back by themselves.
home-popular = Popular over 3 days
home-coupons = Coupons you can claim now
home-newest = New arrivals

empty-shop-title = The shop is empty
empty-shop-text = There are no products yet. If you run this shop, the command below fills it with sample products and coupons.
empty-shop-import = To add your own products, import a CSV file.

## Products

products-title = Products
products-title-category = { $category }
products-title-search = Results for “{ $text }”
products-title-search-category = Results for “{ $text }” in { $category }
products-title-next = { $title } (continued)
products-description = E-books, fonts, templates, music, games, courses, icons: all the digital goods of Damda at a glance.
products-description-category = { $category } at Damda, newest, most popular or cheapest first. Stock and prices are what you see.
products-count = { $count ->
    [one] 1 product
   *[other] { $count } products
}
products-more-than = more than { $count } products
products-shown = { $count }. Sorted: { $sort }.
products-found = Results for “{ $text }”: { $count }. Sorted: { $sort }.
products-more = More products
products-none-title = Nothing found for “{ $text }”
products-none-here-title = No products here yet
products-none-text = Try a shorter word, or browse all products.
products-show-all = Show all products
categories-label = Categories
category-all = All
category-ebook = E-books
category-font = Fonts
category-template = Templates
category-music = Music
category-game = Games
category-course = Courses
category-icon = Icons
category-other = Other
sort-label = Sort by
sort-newest = Newest first
sort-popular = Most popular first
sort-price-asc = Lowest price first
sort-price-desc = Highest price first
product-rank = Number { $rank }
product-sales = { $count } sold in 3 days
product-description = About this product
product-similar = Similar products
product-together = Bought together
product-summary = { $name } at Damda.
popular-categories = Popular by category
seen-title = Recently viewed
seen-forget = Clear
feed-title = New at Damda
cover-alt = Cover of { $name }
picture-alt = Picture { $number } of { $name }
product-pictures = Pictures
stock-none = Sold out
stock-left = { $count } left
quantity = Quantity
quantity-of = Quantity of { $name }
quantity-left = { $count ->
    [one] Only 1 is left.
   *[other] { $count } are left.
}
quantity-most = Up to { $count } at a time.
quantity-change = Change
quantity-change-of = Change the quantity of { $name }
add-to-cart = Add to cart
buy-now = Buy now
sold-out-title = None left right now
sold-out-text = When it is back in stock, you can buy it right here.
sold-out-reason = It is sold out, so it cannot be added to the cart.
sold-out-similar = See similar products
promise-wallet = Paid from your wallet balance
promise-recovery = A stuck payment is undone automatically

## Cart and checkout

cart-title = Cart
cart-order = Order for { $amount }
cart-not-ready = Change or remove the products marked above to order.
cart-coupon-later = You choose a coupon in the next step.
cart-remove = Remove
cart-remove-name = Remove { $name }
cart-put-back = Undo
cart-line-short = { $count ->
    [one] Only 1 can be bought now. Please change the quantity.
   *[other] Only { $count } can be bought now. Please change the quantity.
}
cart-line-sold-out = This is sold out. Please remove it from the cart.
cart-gone = This product is no longer sold. Please remove it from the cart.
cart-gone-name = Withdrawn product no. { $id }
cart-empty-title = Your cart is empty
cart-empty-text = Products you add are kept here.
line-each = { $price } each
line-detail = { $price } × { $count }

checkout-title = Review your order
checkout-lines = { $count ->
    [one] 1 item
   *[other] { $count } items
}
checkout-pay = Payment
checkout-coupon-choice = Coupon to use
checkout-no-coupon = No coupon
checkout-no-coupons = You have no coupons to use.
checkout-apply-coupon = Apply coupon
checkout-not-yet = This order cannot be paid yet
checkout-gone = It contains a product that is no longer sold. Please remove it from the cart.
checkout-change-cart = Change it in the cart
checkout-gone-direct = This product is no longer sold.
checkout-back-to-product = Back to the product
checkout-without-coupon = Pay without the coupon
checkout-take-rest = { $count ->
    [one] Take the 1 that is left
   *[other] Take the { $count } that are left
}
checkout-empty-title = There is nothing to order
checkout-empty-text = If you have just ordered, you will find it among your orders.
coupon = Coupon

sum-label = Total
sum-title = What you pay
sum-products = { $count ->
    [one] 1 item
   *[other] { $count } items
}
sum-items = Items
sum-discount = Discount
sum-discount-coupon = Discount · coupon { $code }
sum-total = Total
sum-pay = To pay
sum-balance = Balance now
sum-balance-after = Balance after payment
sum-missing = Missing
sum-paid = Paid
sum-not-paid = Order amount (not paid)
sum-coming-back = Coming back
sum-given-back = Given back
sum-refunded = Refunded
sum-refund-waits = of which waiting for room
line-refunded = { $count } refunded · { $amount }

pay-button = Pay { $amount }
pay-busy = Paying…
pay-note = If this amount changes, nothing is charged.
pay-missing = You can pay once your balance covers it.
pay-problems = You can pay once the points above are resolved.
pay-paused = You can pay from { $until }.
pay-button-changed = Accept and pay { $amount }
amount-change = The changed amount
amount-seen = You saw
amount-now = Now
price-seen = Price you saw
price-now = Price now

consent-label = I have read this and agree to be provided with the goods as soon as I pay. (required)
consent-missing = To pay, please read the withdrawal notice and agree to it.
consent-more = Read all about withdrawal and refunds (new window)
consent-given = Agreed to the withdrawal notice
consent-show = Show what was agreed to

missing-title = Your balance is { $amount } short
missing-text = Charge it right here and you come back to this order.
missing-hint = Filled in with what is missing. ₩1,000 to ₩100,000, in steps of ₩10.
missing-hint-many = One charge is at most ₩100,000, so this takes { $count } charges.
missing-button = Charge and come back

## Orders

orders-title = Orders
orders-more = Older orders
orders-empty-title = No orders yet
orders-empty-text = Once you order, progress and amounts show here.
order-number = Order number
order-progress = Progress
order-items = { $count ->
    [one] 1 item
   *[other] { $count } items
}
order-amounts = Amounts
order-look-again = Check the state now
order-again = Order again
order-take-rest = { $count ->
    [one] Order the 1 that is left
   *[other] Order the { $count } that are left
}
order-name-and-others = { $name } and { $others } more

receipt-show = Show the receipt
receipt-title = Receipt
receipt-back = Back to the order
receipt-print = Print from your browser to keep it on paper or as a PDF.
receipt-facts = Order
receipt-number = Order number
receipt-ordered = Ordered
receipt-paid = Paid
receipt-means = Paid from
receipt-wallet = Wallet balance
receipt-state = State
receipt-refunded = Last refund
receipt-lines = What was bought
receipt-column-name = Product
receipt-column-price = Price
receipt-column-quantity = Quantity
receipt-column-amount = Amount
receipt-seller = Seller
receipt-note = This receipt shows what was bought from a wallet balance; it is neither a tax invoice nor a cash receipt. Times are Korea Standard Time (KST).

status-reserved = Paying
status-paid = Finishing
status-completed = Completed
status-rejected = Refused
status-expired = Timed out
status-pending = Being undone
status-failed = Undone
status-partially-refunded = Partly refunded
status-refunded = Refunded

order-title-running = Your order is being processed
order-title-completed = Your order is complete
order-title-rejected = Your order was refused
order-title-expired = Your order timed out before payment
order-title-pending = Your order could not be completed
order-title-failed = Your order was cancelled and fully undone
order-title-partially-refunded = Part of your order was refunded
order-title-refunded = Your order was refunded

order-running = The result comes shortly
order-running-text = This page refreshes itself. There is no need to order again.
order-pending = Everything is undone automatically
order-pending-paid-text = Something went wrong during payment. At about { $moment }, { $amount } comes back automatically. There is nothing you need to do.
order-pending-coupon-text = Something went wrong during payment. At about { $moment }, { $amount } and your coupon come back automatically. There is nothing you need to do.
order-pending-unpaid-text = Something went wrong while ordering. No money was taken. The held stock is released at about { $moment }.
order-failed-paid = { $amount } was given back
order-failed-unpaid = No money was taken
order-failed-text = The held stock was released too. You can order again if you like.
order-failed-coupon-text = Your coupon is back and the held stock was released too. You can order again if you like.
order-expired = No money was taken
order-expired-text = Payment did not finish in time, so the stock was released. You can order again if you like.

step-received = Order received
step-paying = Holding stock and paying
step-paid = { $amount } paid from your wallet
step-finishing = Finishing the order
step-completed = Order complete
step-stopped = The order could not be completed
step-awaiting-recovery = Waiting to be undone
step-awaiting-recovery-note = Everything this order took is given back at about { $moment }.
step-recovered = Everything was given back
step-rejected = The order was refused
step-expired = The time to pay ran out
step-expired-note = The held stock was released. No money was taken.
step-refunded = Fully refunded
step-partially-refunded = Partly refunded
given-back-balance = balance +{ $amount }
given-back-coupon = coupon { $code }
given-back-stock = stock
refund-waits = { $amount } of it waits for room in your wallet

## Wallet

wallet-title = Wallet
wallet-balance = Balance
wallet-limit = Holds up to { $limit }.
wallet-owed = { $amount } of refunds are waiting
wallet-owed-text = Your wallet has no room for them now. They arrive by themselves, the oldest first, once you have spent enough.
wallet-owed-order = { $amount } of this order
charge-title = Charge
charge-amount = Amount to charge
charge-unit = ₩
charge-hint = ₩1,000 to ₩100,000, in steps of ₩10
charge-presets = Common amounts
charge-preset-name = Fill in { $amount }
charge-button = Charge
charge-busy = Charging…
statement-title = Statement
statement-after = Balance { $balance }
statement-more = Older entries
statement-empty-title = Nothing here yet
statement-empty-text = Each charge and payment leaves a line here.
posting-charge = Charge
posting-payment = Order payment
posting-recovery = Stuck order undone
posting-refund = Refund
posting-adjustment = Adjustment by the shop

## Coupons

coupons-title = Coupons
coupons-lead = First come, first served. One per person.
coupons-shelves = Kinds of coupons
coupons-running = Claimable coupons
coupons-mine = My coupons
coupons-upcoming = Opening soon
coupons-finished = Finished coupons
coupons-empty-title = No coupons right now
coupons-empty-text = When a new coupon opens, you can claim it here.
coupon-off = off
coupon-terms-any = Any order · until { $until }
coupon-terms-minimum = Orders from { $minimum } · until { $until }
coupon-terms-held = It becomes used when the order completes, and comes back if the order fails.
coupon-terms-used = Used on { $moment }
coupon-terms-finished = Ended on { $until }
coupon-terms-stopped-mine = An operator stopped it. Your piece stays yours and is good again once the coupon is started again.
coupon-badge-upcoming = Opening soon
coupon-badge-sold-out = All gone
coupon-badge-stopped = Stopped
coupon-badge-finished = Finished
coupon-state-issued = Ready to use
coupon-state-held = In use by an order
coupon-state-used = Used
coupon-state-expired = Expired
coupon-remaining = { $left } of { $total } left
coupon-remaining-label = Coupons left
coupon-gone = This coupon can no longer be claimed.
coupon-claim = Claim
coupon-claim-name = Claim coupon { $name }
coupon-log-in = Log in to claim
coupon-opens = From { $moment }
coupon-opens-in = Opens in { $left }
claim-blocked = Orders or claims were refused several times in a row. You can claim coupons from { $until }.
claim-limited = Claims came too quickly. You can claim again from { $until }.
coupon-use = Use it
coupon-show-order = View order
coupon-reason-unknown = There is no such coupon. Please check the code.
coupon-reason-not-claimed = This coupon has to be claimed first.
coupon-reason-in-use = This coupon is in use by another order.
coupon-reason-used = This coupon has been used.
coupon-reason-not-begun = This coupon has not started yet.
coupon-reason-expired = This coupon has expired.
coupon-reason-stopped = This coupon was stopped by the shop.
coupon-reason-below-minimum = The order is below this coupon's minimum.
coupon-below-minimum = For orders from { $minimum }: { $missing } more and it applies.
coupon-reason-nothing-left = The discount would leave nothing to pay, so it cannot be used.

## Accounts

login-title = Log in
login-button = Log in
login-new-here = New here?
register-title = Create an account
register-button = Create account
register-age = I am at least { $least } years old
register-terms-before = By creating an account you agree to the{" "}
register-terms = terms
register-terms-between = {" "}and have read the{" "}
register-privacy = privacy policy
register-terms-after = .
register-known = Already have an account?
field-name = Name
field-email = E-mail
field-password = Password
field-current-password = Current password
field-new-password = New password
password-hint = { $least } to { $most } characters
account-title = My account
account-profile = Profile
account-password = Change password
account-password-hint = { $least } to { $most } characters. Changing it logs out your other devices.
account-logout = Log out
account-logout-text = Leaves this device. Your cart stays.
forgot-link = Forgotten your password?
forgot-title = Forgotten password
forgot-hint = We send a link to set a new password to the address you registered with.
forgot-button = Send me a link
forgot-back = Back to the login
reset-title = Set a new password
reset-button = Use this password
reset-note = This logs you out everywhere. Please log in again with the new password.
reset-used = This link has been used
reset-used-text = A link works once. To change your password again, ask for a new link.
reset-expired = This link has expired
reset-expired-text = A link works for one hour. Please ask for a new one.
reset-unknown = This link does not work
reset-unknown-text = Please check that you opened all of the link in the mail, or ask for a new one.
reset-again = Get a new link
account-rename = Change name
account-language = Language
account-language-text = The language of these pages and of mails to you.
account-close = Close account
account-close-text = Removes your name, e-mail and password.
close-title = Close my account
close-goes = What goes
close-goes-person = Your name, e-mail and password
close-goes-access = Your logins on every device, and mails not sent yet
close-goes-coupons = The chance to use the coupons you claimed
close-stays = What stays
close-stays-orders = Orders and wallet entries stay, without your name, as the law demands.
close-stays-email = You can register again with the same e-mail at any time. Your past orders will not come back.
close-balance = { $amount } is left in your wallet
close-balance-text = If you close the account this balance is lost and cannot be paid back. You can also spend it first.
close-owed = { $amount } of it is refunds that wait for room in your wallet.
close-forfeit = I give up the balance of { $amount }
close-button = Close my account
close-final = This cannot be undone.
account-operator = Operator account
account-operator-text = Go to where the shop is looked after.

## Terms and notices

legal-terms = Terms of use
legal-privacy = Privacy policy
legal-refunds = Withdrawal and refunds
legal-withdrawal = Notice of withdrawal
legal-contents = Contents
legal-updated = In force since { $date }
legal-example = This is the sample document of a demo shop.
legal-description = { $name } of Damda.
notice-title = The notice that was agreed to
notice-since = Shown since

## Operators

admin-title = Shop administration
admin-lead = { $name }, this is the shop right now.
admin-links = Ways on
admin-see-products = Product list
admin-see-coupons = Coupons
admin-see-health = Server health
console-parts = Parts of the console
console-overview = Overview
console-audit = Audit log
console-operators = Operators
console-you-are = { $name } · { $role }
console-more = More
console-filter = Filter
role-viewer = Viewer
role-support = Support
role-manager = Manager
role-owner = Owner
role-none = Shopper, no operator

## Dashboard

dashboard-firing = Something needs you now
dashboard-to-alerts = All alerts
dashboard-span = How far back
dashboard-span-quarter = 15 minutes
dashboard-span-hour = 1 hour
dashboard-span-day = 24 hours
dashboard-span-days = 3 days
dashboard-since = Since { $when }
dashboard-as-of = as of
dashboard-orders = Orders
dashboard-payments = Payments
dashboard-recovery = What did not come through
dashboard-money = Money
dashboard-now = Right now
dashboard-as-table = As a table
dashboard-nothing = Nothing happened in this time.
dashboard-zone = Charts and tables show Korea Standard Time (KST).
dashboard-when = From
figure-placed = Placed
figure-completed = Completed
figure-success = Order success rate
figure-rejected = Refused
figure-rejected-stock = not enough stock
figure-rejected-balance = balance too low
figure-rejected-coupon = coupon not applicable
figure-rejected-price = price had changed
figure-other = other causes
figure-pending = Became pending
figure-pending-pay = while paying
figure-pending-confirm = while confirming
figure-pending-stalled = process died
figure-expired = Expired unpaid
figure-recovered = Given back by recovery
figure-recoveries-failed = Recoveries that failed
figure-recovery = Recovery success rate
figure-paid = Payments that went through
figure-payments-refused = Payments refused
figure-payments-failed = Payments that failed
figure-payment-failures = Payment failure rate
figure-payments-too-late = too late
figure-payments-busy = too busy
figure-payments-database = database
figure-payments-broken = broken data
figure-payments-unrecorded = could not even be recorded
figure-conflicts = Stock conflict rate
figure-conflicts-retried = conflicts tried again
figure-conflicts-refused = conflicts turned away
figure-sold = Sold
figure-refunded = Refunded
figure-revenue = Revenue after refunds
figure-users = Concurrent users
figure-queue = Queue depth
figure-outbox = Outbox lag
chart-orders = Orders per second
chart-per-second = { $rate }/s
chart-answers = Response time
chart-histogram = Response-time distribution
chart-took = Took
chart-answered = Answers

## Popular, events

console-popular = Popular
popular-console-lead = What sold over the last three days, less what was given back, and how that compares with the three days before.
popular-by = Ranked by
popular-by-quantity = Pieces
popular-by-sales = Sales
popular-category = Category
popular-everything = Everything
popular-place = Place
popular-product = Product
popular-trend = Trend
popular-new = new
popular-same = the same
popular-more = ▲ { $percent }
popular-less = ▼ { $percent }
popular-none-title = Nothing was sold
popular-none-text = Nothing of this was sold over the last three days.
console-events = Events
events-lead = What happened to orders, and whether Kafka has it.
events-nobody-title = Nobody listens
events-nobody-text = No Kafka is configured, so events stay in the database: nothing waits, and nothing can be sent again.
events-waiting = Waiting to be sent
events-oldest = The oldest waits since
events-last-sent = Last sent
events-last-error = Refused last { $when }, as this instance knows
events-kind = What happened
events-sent = Sent
events-sent-yes = Sent
events-sent-no = Waiting
events-choose = Choose event { $id }
events-replayed = Sent once more by an operator { $when }
events-ticked = Send what is ticked once more
events-replay-text = Events go out under the ids they had, so that consumers which know them drop them.
events-why = Reason
events-replay = Send once more
events-span = Send a span of time once more
events-span-text = Everything that was sent of what happened between these moments, in Seoul time; at most 10,000 events.
events-from = From
events-until = Until
events-replay-span = Send this span once more
events-none-title = No such events
events-none-text = Nothing here is as you asked for it.
events-all = All events
act-events-replayed = Events sent once more
role-viewer-text = sees figures and states, and nobody's personal data.
role-support-text = also helps shoppers.
role-manager-text = also runs the shop: goods, coupons, money, and reads the audit log.
role-owner-text = also says who is an operator.
operators-title = Operators
operators-lead = Whoever is given another role is signed out everywhere. The last owner stays.
operators-since = { $when } given this role
operators-roles = What each role may
operators-role = Role
operators-role-of = Role of { $name }
operators-change = Change
operators-frozen = Suspended
operators-new = Make somebody an operator
operators-new-hint = The e-mail of an account of this shop.
operators-make = Make an operator
audit-title = Audit log
audit-lead = What operators did: who, to what, when and from where. Nothing in it can be changed or deleted.
audit-act = What
audit-any = Everything
audit-subject = To whom or what
audit-when = When
audit-who = Who
audit-what = What
audit-change = Before → after
audit-command-line = Command line
audit-closed-account = Closed account { $id }
audit-all = See everything
audit-empty-title = Nothing of the kind
audit-empty-text = No operator has done that.
console-recovery = Recovery queue
console-orders = Orders
console-status = State
console-any = Any
console-people = Show people (each look is logged)
console-note = Note for other operators
console-add-note = Add the note
recovery-title = Recovery queue
recovery-lead = Orders that did not come through. The shop mends them by itself; here is why each waits, and when.
recovery-cause = Cause
recovery-tick = Choose order { $id }
recovery-since = Since { $when }
recovery-ticked = The chosen orders
recovery-now = Recover now
recovery-now-text = Done for those that are due: an order that may still go on is left alone, and each gives its money, coupon and stock back once.
recovery-empty-title = Nothing waits
recovery-empty-text = Every order has come to its end.
cause-pay = Paying was not successful
cause-confirm = Paid, and confirming was not successful
cause-stalled = Paid, and its process was gone
cause-overdue = Its time is over
cause-other = Other
try-database = the database refused
try-uncertain = the connection broke at the commit
try-away = the database did not answer
try-broken = a rule of the shop was broken
try-other = other
tries-failed = { $count ->
    [one] One try failed ({ $error }, { $when })
   *[other] { $count } tries failed (last: { $error }, { $when })
}
next-try-at = next try at { $when }
next-try-soon = next try in a moment
held-here = being recovered by this instance
held-by = being recovered by { $name }
held-by-another = being recovered by another instance
note-recovered = This is what became of them
recovered-now = { $count } recovered
recovered-pending = { $count } pending now
recovered-not-due = { $count } not due yet
recovered-elsewhere = { $count } being recovered already
recovered-finished = { $count } finished before
recovered-failed = { $count } failed
orders-lead = Any order, by its number, its shopper, a product, a state or a time (days in Seoul).
orders-number = Order number
orders-product = Product number
orders-from = From
orders-until = Until
orders-look-further = Look further
orders-none-title = No such order
orders-none-text = Nothing fits all that is asked for.
orders-all = All orders
order-of-console = Order
order-waits = It waits
order-person = Shopper
order-show-person = Show the shopper (logged)
order-lines = Lines
order-discount-by = Discount { $code }
order-total = Total
order-paid = Amount
history-title = What happened
history-became = { $status }
history-stock-held = Product { $id }: { $quantity } held
history-stock-out = Product { $id }: { $quantity } sold
history-stock-released = Product { $id }: { $quantity } free again
history-coupon-held = Coupon { $code } in use
history-coupon-used = Coupon { $code } used
history-coupon-back = Coupon { $code } given back
history-balance-after = Balance after: { $balance }
history-event = Event { $kind }
history-event-sent = sent { $when }
history-event-waits = not sent yet
history-note = Note by operator { $id }
history-letter = A letter waits: { $kind }
field-ids-required = No order was chosen.
field-note-required = The note is empty.
field-pieces-required = Nothing was chosen to give back.
refund-title = Give back
refund-text = The money goes into the shopper’s wallet at once, and they are told. Stock does not come back: the files are with them.
refund-none = Nothing of it
refund-pieces = { $count ->
    [one] { $count } piece · { $amount }
   *[other] { $count } pieces · { $amount }
}
refund-reason = Reason (stays in the log)
refund-chosen = Give back what is chosen
refund-whole = Give back all that is left: { $amount }
refund-frees-coupon = With all of it, the coupon { $code } can be used again.
refund-would-wait = The wallet has no room for all of it: it waits, and comes by itself.
refund-of-line = { $name } × { $count }
refund-by = Operator { $id }: { $reason }
refund-is-owed = Waits for room
refund-is-owed-text = The wallet has no room for it now. It waits, and comes by itself.
refund-freed-coupon = The coupon can be used again.
note-refunded = { $amount } given back
console-alerts = Alerts
console-products = Products
console-coupons = Coupons
alerts-title = Alerts
alert-topic-payments = Failed payments
alert-topic-recovery = Failed recoveries
alert-topic-answers = Slow answers
alert-topic-users = People at once
alert-topic-books = Broken books
alert-topic-verify = Time since the last check of the books
alert-topic-events = Events that wait
alert-topic-months = Rows after the last month
alerts-lead = What the shop watches over by itself. Whoever is named in the settings is told when one fires and when it is over.
alert-stage-firing = Firing
alert-stage-resolved = Over
alert-stage-well = Well
alert-began = Since { $when }
alert-ended = over { $when }
alert-silenced = Nobody is told until { $when } (operator { $id }: { $reason })
alert-silence = Silence
alert-silence-of = Silence “{ $name }”
alert-silence-for = How long nobody is told of “{ $name }”
alert-silence-why = Why nobody is told of “{ $name }”
alert-why = Reason
alert-hours = { $count ->
    [one] { $count } hour
    [168] 7 days
   *[other] { $count } hours
}
alert-speak = Tell again
alert-speak-of = Tell of “{ $name }” again
act-operator-made = Operator made
act-role-changed = Role changed
act-person-seen = Personal data viewed
act-order-recovered = Order recovered by hand
act-order-recovery-failed = Recovery by hand failed
act-order-noted = Note added to order
act-order-refunded = Order refunded
act-alert-silenced = Alert silenced
act-silence-ended = Silence ended
act-balance-adjusted = Balance adjusted
act-adjustment-proposed = Adjustment proposed
act-adjustment-approved = Adjustment approved
act-adjustment-declined = Adjustment declined
act-person-frozen = Account suspended
act-person-unfrozen = Account let in again
act-block-ended = Block ended early
act-second-factor-set = Second factor set up
act-second-factor-removed = Second factor removed
act-second-factor-reset = Second factor reset
act-recovery-codes-renewed = Recovery codes renewed
act-session-ended = Session ended
field-code = Code
field-code-wrong = This code is not right, or was used already. Please wait for the next one.
login-code-title = One more step
login-code-hint = The six digits your app shows now, or one of your recovery codes.
login-code-other = Log in with another account
second-factor-title = Second factor
second-factor-text = With a second factor, logging in also asks for a code that an app on your phone shows. Somebody who only has your password cannot get in.
second-factor-begin = Set it up
second-factor-scan = Scan the picture with an authenticator app.
second-factor-picture = QR code for the authenticator app
second-factor-secret = Or type this into the app:
second-factor-code-hint = The six digits the app shows now. Every other session ends when it fits.
second-factor-confirm = Confirm
second-factor-anew = Start over with another picture
second-factor-on = Your second factor is on. Logging in asks for a code.
second-factor-remove = Remove the second factor
second-factor-required = This shop asks operators for a second factor
second-factor-required-text = Please set it up first; then the console opens.
recovery-codes-title = Your recovery codes
recovery-codes-text = Please print them or write them down now: nobody can show them again. Each one opens your account once when your phone is not at hand.
recovery-codes-left = { $count ->
    [one] 1 recovery code left
   *[other] { $count } recovery codes left
}
recovery-codes-few = Few recovery codes are left
recovery-codes-few-text = You can get ten new ones below.
recovery-codes-renew = Get new recovery codes
recovery-codes-renew-text = Ten new ones take the place of all you have; the old ones open nothing any more.
note-recovery-codes-renewed = You have new recovery codes
note-second-factor-set = Your second factor is on
note-second-factor-set-text = All other devices were logged out.
note-blocked-code-text = The code was wrong several times in a row. You can try again from { $until }.
error-second-factor-required = The password is right; please send the code of your second factor along.
error-second-factor-missing = Please set up a second factor at /account/second-factor first.
account-second-factor = Second factor
account-second-factor-text = A code from your phone besides the password.
sessions-title = Where you are logged in
sessions-text = End what you do not know, and change your password then.
sessions-end-others = Log out everywhere else
sessions-end-all = End all sessions
sessions-none = Not logged in anywhere.
session-unknown = Unknown browser
session-this = This browser
session-since = Since
session-seen = Last used
session-end = End
session-end-of = End the session in { $browser }
operators-sessions = Sessions
note-session-ended = Logged out there
console-customers = Customers
customers-lead = Any account, by the start of its e-mail or name, its number or its state.
customers-email = E-mail begins with
customers-name = Name begins with
customers-number = Customer number
customers-none-title = No such account
customers-all = All accounts
customer-number = Customer { $id }
customer-operator = operator
customer-since = Joined
customer-active = Active
customer-frozen = Suspended
customer-blocked = Blocked
customer-closed = Closed
customer-who = Who it is
customer-frozen-since = Suspended
customer-closed-since = Closed
customer-blocked-orders = Orders and claims
customer-blocked-login = Logging in from a new browser
customer-blocked-password = Typing the password again
customer-blocked-until = { $what }: blocked until { $until }
customer-limits = Limits: orders { $orders }, claims { $claims }; blocked after { $failures }
limit-each = { $count } in { $wait }
limit-none = none
limit-failures = { $count } refusals in a row
customer-orders = Orders of this customer
customer-wallet = Wallet
customer-owed = Owed, waiting for room
customer-owed-refund = Refund { $number } of order
customer-by-operator = by operator { $id }
customer-coupons = Coupons
customer-acts = What operators did
cause-charge = by the customer
cause-recovery = The order did not come through and was given back.
cause-refund = Refund { $number }: { $reason }
cause-approved = approved by operator { $id }
cause-unknown = Nothing explains this. Please run “damda verify”.
adjust-title = Adjust the balance
adjust-text = The customer sees it in their statement as an adjustment, without the reason. Beyond { $limit } in 24 hours, of one wallet or by one operator alone, another operator has to approve.
adjust-way = Direction
adjust-up = Add
adjust-down = Take away
adjust-amount = Amount (won)
adjust-reason = Reason
adjust-button = Adjust
adjustments-waiting = Adjustments that wait for approval
adjustments-lead = A proposal is over after a day. Nobody approves their own.
adjustments-none-title = Nothing waits for approval
adjustments-none-text = Adjustments beyond the limit show here.
proposal-waits = Waits for another operator
proposal-over = Over: nobody approved it in time
proposal-approve = Approve
proposal-decline = Decline
proposal-take-back = Take it back
freeze-title = Suspend the account
freeze-text = Signed out everywhere within seconds, and no password opens it until somebody lets the person in again.
unfreeze-title = Let them in again
unfreeze-text = The person can log in with their password again.
block-end = End the block now
note-adjustment-refused = The balance was not changed
note-adjustment-proposed = Waiting for approval
note-adjustment-proposed-text = This goes beyond the limit. It is done when another operator approves it within a day.
adjustment-refused-own = You cannot adjust your own wallet. Please ask another operator.
adjustment-refused-own-proposal = You cannot approve your own proposal. Another operator has to.
adjustment-refused-closed = Its owner has closed the account, so nobody could spend the money.
adjustment-refused-frozen = The account is suspended. Let the person in again first, or settle it outside the shop.
adjustment-refused-balance = The wallet holds only { $balance }.
adjustment-refused-room = The wallet holds { $balance } and { $coming } may still come back; together with this it would pass { $limit }.
adjustment-refused-approved = Somebody has approved this already.
adjustment-refused-declined = This was declined or taken back.
adjustment-refused-over = Nobody decided within a day, so this proposal is over. Please propose it anew.
act-product-made = Product made
act-product-edited = Product edited
act-product-activated = Product put up for sale
act-product-retired = Product retired
act-stock-adjusted = Stock adjusted
act-products-imported = Products imported from a file
act-image-added = Picture added
act-image-moved = Picture moved
act-image-removed = Picture removed
act-coupon-made = Coupon made
act-coupon-edited = Coupon edited
act-coupon-stopped = Coupon stopped
act-coupon-started = Coupon started again

## What forms leave to say

note-welcome = Welcome
note-welcome-text = Charge your wallet and you can buy right away.
note-logged-out = You are logged out
note-log-in-first = Please log in first
note-log-in-first-text = After that you return to what you were doing. Your cart is unchanged.
note-password-changed = Your password was changed
note-password-changed-text = All other devices were logged out.
note-added = { $count ->
    [one] Added to your cart
   *[other] { $count } added to your cart
}
note-removed = { $name } was removed from your cart
note-put-back = Back in your cart
note-other-account = That page was opened with another account
note-other-account-text = Nothing was done. You are now logged in as { $name }. Please check the page and press again.
cookies-off = Your browser seems to refuse cookies
cookies-off-text = Without cookies neither a login nor a cart can last. Please allow cookies for this shop in your browser and try again.
note-too-many-of-one = At most 10 of one product
note-too-many-of-one-text = Please check how many are in your cart already.
note-too-many-in-all = At most 30 items at a time
note-too-many-in-all-text = Please order what is in your cart first, or reduce it.
note-charged = { $amount } charged
note-claimed = Coupon claimed
note-claimed-text = You can choose “{ $name }” when you order.
note-invalid-credentials-text = Please check both. If you have forgotten your password, you can set a new one.
note-limited = One moment, please
note-limited-text = Requests came too quickly. You can try again from { $until } (Korean time).
note-blocked = Please take a short break
note-blocked-text = Orders or claims were refused several times in a row. You can try again from { $until }. Your cart is unchanged.
note-blocked-login-text = Logging in failed several times in a row. You can try again from { $until }.
note-blocked-password-text = The password was wrong several times in a row. You can try again from { $until }.
note-charges-closed = This shop does not take charges at the moment
note-in-progress = Your earlier order is still being processed
note-reused = This form was already sent with other content
note-reused-text = See the result among your orders; to buy more, press the button below again.
note-busy = The shop is very busy
note-amount-changed = Coupon updated
note-amount-changed-text = The amount to pay has changed. Please check it and pay again.
note-malformed = We could not read what was sent
note-malformed-text = Nothing was changed. Please check it and send it again.
note-frozen = This account cannot be used at the moment
note-mail-off = This shop does not send mail yet
note-not-allowed = Your role may not do that
note-not-allowed-text = Nothing was changed. An owner can give you another role.
note-done = Done
note-last-owner = The last owner stays
note-changed-meanwhile = It has changed meanwhile, so nothing was saved
note-imported = The file was imported
note-imported-text = Products made: { $made }, changed: { $edited }, with another stock: { $moved }.
note-file-gone = That file is no longer there
note-file-gone-text = It was imported by now, or uploaded more than a day ago. Please upload it again if need be.
note-image-refused = The picture was not taken
note-refund-refused = Nothing was refunded
refund-refused-all-back = All of this order was given back before.
refund-refused-not-sold = Only completed orders can be refunded. This one is: { $status }.
refund-refused-not-in-order = The order has no such line.
refund-refused-too-many = Only { $left } of this line can still be refunded, not { $asked }.
refund-refused-closed = Its owner has closed the account, so nobody could spend the money. Pay it back outside the shop if it is due.
refund-refused-own = You cannot refund an order of your own. Please ask another operator.
note-orders-unfinished = Some orders are not finished yet
note-reset-asked = Please check your mail
note-reset-asked-text = If there is an account with this e-mail, we have sent it a link to set a new password. The link works once, for one hour. If nothing arrives within a few minutes, please check the spam folder and the address.
note-password-reset = Your new password is set
note-password-reset-text = You were logged out everywhere. Please log in with the new password.
note-renamed = Your name was changed
note-language-kept = Your language was changed
note-account-closed = Your account is closed
note-account-closed-text = Your name, e-mail and password were removed. Thank you for having been here.
note-fault = That did not work

refused-title = That was not possible
refused-title-order = The order was not placed
refused-title-claim = The coupon was not claimed
refused-title-charge = The wallet was not charged
refused-no-money = No money was taken.
refused-stock = Only { $available } left, so { $requested } cannot be bought.
refused-sold-out = It has just sold out.
refused-balance = Your balance is { $missing } short. Please charge your wallet.
refused-limit = A wallet holds up to { $limit }. Your balance is { $balance }.
refused-limit-unfinished = A wallet holds up to { $limit }, and room is kept for { $unfinished } that may still come back: from unfinished orders, and refunds that wait.
refused-coupon-sold-out = All coupons are gone. Please look at the others.
refused-coupon-claimed = You have claimed this coupon already. It is among your coupons.
refused-price = The amount to pay changed from { $expected } to { $actual }. Please check the new amount.

## Errors, in pages and in the API's detail

error-invalid = Some of the values are not right.
error-order-failed = This order could not be completed; money and coupon were given back.
error-order-expired = This order was not paid in time and has ended. No money was taken.
error-not-found = Not found.
error-email-taken = There is an account with this e-mail already.
error-invalid-credentials = E-mail or password is not right
error-forbidden = This request is not allowed.
error-frozen = The shop has suspended this account. If you wonder why, please contact the shop.
error-mail-off = No mail is set up, so no link can be sent. Please ask the shop for a new password.
error-orders-unfinished = { $count ->
    [one] You can close your account once the order under way has finished. That usually takes a minute or two.
   *[other] You can close your account once the { $count } orders under way have finished. That usually takes a minute or two.
}
error-last-owner = This is the only owner left, and somebody must be able to make operators. Make another account an owner first.
error-changed-meanwhile = It changed after you saw it, or the same form was sent twice. See below how it is now, and do it again if it is still needed.
error-in-progress = The same request is still being processed. Please check its result in a moment.
error-reused = This request id was used for another request. Please send a new id.
error-rate-limited = Too many requests. Please try again in { $wait }.
error-blocked = Blocked for a while after repeated failures. Please try again in { $wait }.
error-busy = Too much is going on to take this request. Please try again in a moment.
error-fault = Something went wrong in the shop. Please try again in a moment.

http-malformed-request = The request cannot be read. Check that its body is valid JSON in UTF-8.
http-unauthorized = Please sign in: send a valid access token with the request.
http-method = This address does not take that method. Use one of those in the Allow header.
http-media-type = The body must be JSON. Send it with Content-Type: application/json.
http-timeout = The request did not arrive in time. Please send it again.
http-too-large = What you sent is too large. Please send less.
http-key-missing = The request id is missing. Put a fresh one into the Idempotency-Key header.

field-email-malformed = Please write the e-mail address like name@example.com.
field-name-malformed = The name contains characters that cannot be used.
field-password-short = The password needs at least { $least } characters.
field-password-long = The password may have at most { $most } characters.
field-age-required = You must be at least 14 to register. If you are, please tick this.
field-forfeited-required = Please agree to give up the remaining balance, or spend it first.
field-forfeited-changed = Your balance has changed meanwhile. Please check the amount again.
field-amount = Please enter ₩1,000 to ₩100,000, in steps of ₩10.
field-items-required = Please add at least one product.
field-items-too-many = An order holds at most { $most } items.
field-quantity-too-many = An order holds at most { $most } of one product.
field-product-unknown = This product does not exist or is no longer sold.
field-reason-required = Please say why.
field-sku-taken = Another product has this SKU. Please choose another one.
field-file-required = Please choose a file.
field-file-too-large = A file may have up to { $most } MB.
field-code-taken = Another coupon has this code. Please choose another one.
field-pieces-moved = At most { $most } can be moved now. What orders hold cannot be taken out.
field-total-issued = { $least } are issued already. There cannot be fewer.
field-coupon-settled = Shoppers hold pieces of it, so this cannot change any more. Make a new coupon instead.
field-ends-at = It must end after it begins and in the future, and no earlier than shoppers who hold a piece were told.
field-coupon-malformed = A coupon code is 3 to 40 letters, digits, - or _.
problem-required = Please fill this in.
problem-malformed = This does not have the right form.
problem-too-short = Please enter at least { $least } characters.
problem-too-long = At most { $most } characters fit.
problem-too-small = Must be at least { $least }.
problem-too-large = Must be at most { $most }.
problem-not-a-step = Must be a multiple of { $step }.
problem-unknown = There is no such value.
problem-mismatch = These do not match.
problem-wrong-password = This is not your current password.
problem-not-utf8 = This is not UTF-8. Please save the file as “CSV UTF-8”.

## Letters

letter-footer = This mail was sent by { $site }. Replies to this address are not read.
letter-welcome-subject = Welcome to Damda
letter-welcome-heading = Welcome, { $name }
letter-welcome-text = Your account was opened with the address { $email }. Charge your wallet and you can buy right away.
letter-welcome-not-you = If this was not you, somebody mistyped their address. Use “Forgotten your password?” on the login page to set a new one, and then close the account.
letter-order-subject = Your order is complete: { $name }
letter-order-heading = { $name }, your order is complete
letter-order-number = Order number { $id }
letter-order-link = View the order
letter-refund-subject = Refunded: { $name }
letter-refund-heading = { $name }, we have given your money back
letter-refund-pieces = { $count ->
    [one] { $count } piece refunded
   *[other] { $count } pieces refunded
}
letter-refund-credited = All of it is in your wallet.
letter-refund-waits = Your wallet has no room for it now. It arrives by itself once you have spent enough; there is nothing you need to do.
letter-refund-coupon = You can use your coupon { $code } again.
letter-reset-subject = Your link to set a new password
letter-reset-heading = { $name }, please set a new password
letter-reset-text = You can set a new password with the link below. It works once, until { $until }.
letter-reset-link = Set a new password
letter-reset-not-you = If you did not ask for this, you can ignore it. Your password has not changed.
letter-changed-subject = Your password was changed
letter-changed-heading = { $name }, your password was changed
letter-changed-text = Your password was changed on { $moment }, and all other devices were logged out.
letter-changed-not-you = If this was not you, please set a new password right now.
letter-test-subject = A test mail from Damda
letter-test-heading = Your mail has arrived
letter-test-text = If you can read this, the shop's mail settings are right.

## Alerts, for operators

alert-firing-subject = Alert: { $name }
alert-resolved-subject = Over: { $name }
alert-firing-text = It fires since { $since }.
alert-resolved-text = It began at { $since } and was over at { $ended }.
alert-figure = It is { $figure }. More than { $threshold } is an alert.
alert-figure-none = There is too little to judge by now. More than { $threshold } is an alert.
alert-samples = Counted of { $samples } in the last five minutes, at all instances together.
alert-severity-critical = Somebody has to look at it now.
alert-severity-warning = It can wait until the morning.
alert-runbook = What it means and what to do
alert-unit-percent = { $figure } %
alert-unit-seconds = { $figure } s
alert-unit-minutes = { $figure } min
alert-unit-hours = { $figure } h
alert-unit-people = { $figure } people
alert-unit-rows = { $figure } rows
alert-unit-invariants = { $figure } of the invariants
alert-payment-failures = Payments fail
alert-payment-failures-todo = Look at the log for “a stage was not successful” and its cause, and whether the database answers and has room on its disk. Orders that failed are given back by themselves after a minute.
alert-recovery-failures = Orders cannot be given back
alert-recovery-failures-todo = Find the orders that stay PENDING and why: the log names each with its cause. No money is lost meanwhile; what they hold stays held until the cause is gone.
alert-slow-answers = The shop answers slowly
alert-slow-answers-todo = See whether the processor, the database or its disk is at its limit, and which route is slow; the log names slow statements and batches.
alert-concurrent-users = Many people are here at once
alert-concurrent-users-todo = Nothing is broken. See whether answers stay quick and the desks keep up, and add instances before they do not.
alert-broken-books = The books do not add up
alert-broken-books-todo = Run `damda verify`, which names every row that is off, and find out who wrote it. Change nothing by hand before you know.
alert-verify-overdue = Nobody has checked the books
alert-verify-overdue-todo = Look in the log why the job “verify” does not come to its end, and run `damda verify` by hand.
alert-outbox-lag = Order events wait to be sent
alert-outbox-lag-todo = See whether the Kafka brokers answer; the log says why they took nothing. No event is lost: they go out in order once the brokers are back.
alert-rows-after-months = Rows lie after the last month
alert-rows-after-months-todo = Run `damda migrate` with the account that owns the tables, and see why the job “months” has not made them.

## Goods in the console

goods-products-lead = Every product, for sale or retired, with its stock and price.
goods-export = Download all products as CSV
goods-new-product = New product
goods-make-product = Make product
goods-text = Name, creator or SKU
goods-category = Category
goods-for-sale = For sale
goods-sold-out = Sold out
goods-retired = Retired
goods-stock-line = { $available } available · { $reserved } held by orders
goods-none-title = Nothing matches
goods-none-text = Change the conditions or clear them.
goods-all-products = All products
goods-all-coupons = All coupons
goods-name = Name
goods-name-en = Name in English
goods-price = Price (won)
goods-price-hint = In steps of 100 won. Orders under way keep the price they were placed at.
goods-creator = Creator
goods-summary = Summary
goods-summary-en = Summary in English
goods-description = Description
goods-description-en = Description in English
goods-cover = Cover file name
goods-cover-hint = A file in the folder of covers. Leave it empty for none.
goods-sku = SKU
goods-sku-hint = Letters, digits, - _ and . only. It cannot be changed later.
goods-first-stock = First stock
goods-when = Sale
goods-sell-now = Sell at once
goods-sell-later = Do not sell yet
goods-stock = Stock
goods-came-in = Came in
goods-taken-out = Taken out
goods-total-stock = Total now
goods-sold = Sold
goods-reserved = Held by orders
goods-available = Available
goods-adjust = Adjust stock
goods-way = Adjustment
goods-supply = Supply
goods-removal = Removal
goods-pieces = Pieces
goods-reason = Reason
goods-reason-hint = Kept in the stock history as it is. No personal data, please.
goods-movements = Stock history
goods-movements-text = What came in and was taken out. What was sold is in the orders.
goods-by-import = Import
goods-edit = Edit product
goods-edit-text = If another operator edits it before you save, nothing is saved and you are told.
goods-save = Save
goods-see-in-shop = See in the shop
goods-retire = Retire product
goods-retire-text = Once retired it is not shown and takes no new orders. Orders under way come through. It can be put up for sale again at any time.
goods-activate = Put up for sale
goods-activate-text = It is shown in the shop and takes orders.
import-title = Change many with a CSV file
import-lead = Choose a file and see first what would change. Nothing changes before you say so.
import-columns = The first line names the columns: sku, category, name, price and stock must be there. The easiest way is to download the file, change it and upload it here. A known SKU is changed, a new one is made. An empty cell is saved as empty.
import-file = CSV file
import-file-hint = UTF-8, up to 5 MB and { $most } products.
import-try = Show what would change
import-dry-run = What the file would change
import-dry-run-lead = Nothing has changed yet. This is what would happen if it were imported now. The file is kept for a day.
import-made = Products to be made
import-edited = Products to be changed
import-moved = Products whose stock moves
import-unchanged = Products that stay as they are
import-wrong = Lines that are wrong
import-with-stock = { $stock } in stock
import-more = And { $count } more.
import-line = Line { $line }
import-column = Column
import-refused = Some lines are wrong, so nothing can be imported
import-refused-text = Please correct the lines below and upload the file again. One wrong line and nothing is imported.
import-nothing = Nothing would change
import-nothing-text = The file says what the products are already.
import-do = Import it like this
import-do-text = All of it is imported, or none. If products have changed meanwhile nothing is imported and you are shown again.
import-another = Choose another file
import-empty = There is no line with a product.
import-too-long = A file may hold { $most } products. Please split it.
import-cells = It has another number of cells than the first line. Please check commas and quotes.
import-unreadable = This line does not read as CSV.
import-column-unknown = This column is not known. Please check its name, or take it out.
import-column-twice = This column is there twice.
import-column-missing = This column must be there.
import-sku-twice = An earlier line of this file has the same SKU.
import-stock-held = Orders under way hold { $least } pieces, so there cannot be fewer.
images-title = Pictures
images-none = No picture was uploaded. If there is a cover file name, that drawing is shown.
images-cover = Cover
images-number = Picture { $number }
images-first = Make cover
images-earlier = Earlier
images-later = Later
images-remove = Remove
images-add = Add picture
images-file = Picture file
images-hint = JPEG, PNG or WebP, up to 5 MB and 40 million pixels. The shop draws it anew in smaller sizes; where it was taken, and with what, does not stay in it.
image-refused-kind = This is no JPEG, PNG or WebP picture: the content says so, whatever the file is called. Please save it in one of these forms.
image-refused-damaged = The picture is cut off or broken. Please upload the original again.
image-refused-bytes = A picture file may have up to { $most } MB. Please make it smaller.
image-refused-pixels = A picture may have up to { $most } pixels. Please make it smaller.
image-refused-there = The product has this picture already.
image-refused-many = A product may have { $most } pictures. Please remove one first.
goods-coupons-lead = Plan coupons, watch them go, stop them.
goods-new-coupon = New coupon
goods-make-coupon = Make coupon
goods-coupon-text = Code or name
goods-upcoming = Upcoming
goods-running = Running
goods-all-issued = All issued
goods-stopped = Stopped
goods-finished = Finished
goods-pieces-line = { $issued } of { $total } issued · { $used } used
goods-code = Code
goods-code-hint = 3–40 letters, digits, - and _. It cannot be changed later.
goods-minimum-is = for orders from { $amount }
goods-how-it-goes = How it goes
goods-issued = Issued
goods-remaining = Remaining
goods-used = Used
goods-in-use = In use by orders
goods-claims-now = Claims per second (last 10 s)
goods-claims-minute = Claims per second (last minute)
goods-discount-given = Discount given
goods-paid-with-it = Paid in orders that used it
goods-as-of = As of { $clock }
goods-look-again = Look again
goods-stop = Stop coupon
goods-stop-text = From that moment nobody can claim it on any instance, and no new order can use it. Pieces stay with who holds them and are good again once it is started again; an order that already uses one comes through.
goods-start = Start again
goods-start-text = It can be claimed again, and pieces that shoppers hold can be used again.
goods-edit-coupon = Edit coupon
goods-edit-coupon-text = Once shoppers hold it, its discount, minimum and beginning stay, and its end can only be put off. There cannot be fewer pieces than are issued.
goods-kind = Kind of discount
goods-kind-rate = Rate (%)
goods-kind-fixed = Amount (won)
goods-discount = Discount
goods-discount-hint = 1–99 for a rate, won for an amount.
goods-minimum = Least order amount (won)
goods-total = Pieces
goods-starts = Begins
goods-ends = Ends
goods-time-hint = On the clocks of Seoul.

## Pages that are not there

not-found-short = Not found
not-found-title = There is no such page
not-found-text = The address may have changed, or the product was withdrawn.
forbidden-title = This request cannot be taken
forbidden-text = It came from another site, or this account may not do it. Nothing was changed.
not-this-way-title = This address cannot be opened like this
not-this-way-text = It only takes forms. Nothing was changed.
too-large-title = What you sent is too large
too-large-text = It was not taken, and nothing was changed. Please send less.
busy-title = The shop is very busy
busy-text = This request was not taken. Money you paid is safe. Please open the page again in a moment.
unreadable-request-title = We could not understand this request
unreadable-request-text = It could not be read, so nothing was changed. Please try again from the page before.
maintenance-title = We are closed for a short while
maintenance-text = Your wallet, coupons and orders are all as you left them. Please come back a little later.
unreadable-title = We could not read this address
unreadable-text = One of the values in the address does not exist.
unreadable-action = Open it without them
failed-title = Something went wrong in the shop
failed-text = Money you paid is safe. An order that could not be completed is undone automatically. Please open this page again in a moment.
failed-again = Open again
failed-number = If you contact us, please mention this number:
