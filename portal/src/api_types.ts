/* Written by api_types.mjs from the API's description; do not change by hand. */

/** The password is a new one, or the existing one of somebody who belongs to another tenant already. */
export interface Acceptance {
  token: string;
  password: string;
  name?: string;
}

export interface Accepted {
  status: "accepted";
}

/** An account of the chart. `id` is its number; the first three digits are the French chart's (PCG). `has_auxiliary` wants a party on every line (customers, suppliers). */
export interface Account {
  id: string;
  version: number;
  name: string;
  name_en: string;
  has_auxiliary: boolean;
  usage: string;
  vat_rate: string;
  product_family: string;
  is_active: boolean;
}

/** What can be changed of an account. Its number stays, and whether its lines want a party: lines stand on it. */
export interface AccountBody {
  name: string;
  name_en?: string;
  usage?: string;
  vat_rate?: string;
  product_family?: string;
  is_active?: boolean;
}

export interface AccountRow {
  id: string;
  kind: string;
  version: number;
  account_class: string;
  name: string;
  name_en: string;
  has_auxiliary: boolean;
  usage: string;
  vat_rate: string;
  product_family: string;
  is_active: boolean;
}

/** An account for a purpose, one tax treatment, VAT rate and product family each, or any where it is ""; from and to days within which it holds, both included. */
export interface AccountRule {
  purpose: string;
  tax_treatment: string;
  vat_rate: string;
  product_family: string;
  account: string;
  from_day: string | null;
  to_day: string | null;
}

/** An account for a purpose, one tax treatment, VAT rate and product family each, or any where it is ""; from and to days within which it holds, both included. */
export interface AccountRuleInput {
  purpose: string;
  tax_treatment?: string;
  vat_rate?: string;
  product_family?: string;
  account: string;
  from_day?: string | null;
  to_day?: string | null;
}

/** Something an operator did to a tenant. `state` asked: interrupted; refused: under `code`. */
export interface ActRow {
  id: string;
  kind: string;
  version: number;
  act: string;
  name: string;
  tenant_id: string;
  state: string;
  reason: string;
  operator_name: string;
  facts: string;
  code: string;
  at: string;
}

/** What was done. */
export interface Acted {
  id: string;
  act: string;
  tenant_id: string;
  state: string;
}

/** A postal address (UBL PostalAddress); `country_code` is ISO 3166-1 alpha-2. */
export interface Address {
  name: string;
  company_name: string;
  line1: string;
  line2: string;
  postal_code: string;
  city: string;
  region: string;
  country_code: string;
  phone: string;
}

/** A postal address (UBL PostalAddress); `country_code` is ISO 3166-1 alpha-2. */
export interface AddressInput {
  name?: string;
  company_name?: string;
  line1?: string;
  line2?: string;
  postal_code?: string;
  city?: string;
  region?: string;
  country_code?: string;
  phone?: string;
}

/** Either `quantity` (the change, signed) or `counted` (what is physically there), both in `unit_code`. */
export interface AdjustmentLine {
  sku?: string;
  gtin?: string;
  unit_code?: string;
  quantity?: number | string | null;
  counted?: number | string | null;
  location?: string;
  lot_number?: string;
}

/** What a party owes by how long it has been due, in days; `unallocated` are payments that settle nothing yet, below zero. All together are `total`, the party's balance. */
export interface Aged {
  not_due: string;
  days_1_30: string;
  days_31_60: string;
  days_61_90: string;
  days_over_90: string;
  unallocated: string;
  total: string;
}

/** What customers owe (or we owe suppliers) on a day, by how long it has been due. */
export interface AgedBalance {
  fiscal_year: string;
  account: string;
  at: string;
  currency: string;
  rows: readonly AgedParty[];
  total: Aged;
}

export interface AgedParty {
  party_id: string;
  party_name: string;
  aged: Aged;
}

/** So much of a payment settles an invoice (a refund: a credit note). Of a payment in another currency `own_amount` is what that part of the invoice stood at in the books, `own_paid` what that part of the payment came to; the difference is gained or lost. */
export interface Allocation {
  invoice_id: string;
  number: string;
  amount: string;
  own_amount: string | null;
  own_paid: string | null;
}

/** A line as it shall be. `line_id` names one the order has, whose price, allowance and name stay where None is given; without it the line is new. `quantity` is in `unit_code`, any unit of the variant. */
export interface AmendLine {
  line_id?: string;
  sku?: string;
  gtin?: string;
  quantity: number | string;
  unit_code?: string;
  unit_price?: number | string | null;
  price_per?: string;
  allowance?: number | string | null;
  name?: string;
}

/** All the lines an order that nothing was shipped of shall have; one that is not named is taken out. `shortage` says what happens to more than is available: `refuse` or `backorder`. What is None stays. */
export interface AmendOrder {
  lines: readonly AmendLine[];
  charges?: readonly NewCharge[] | null;
  note?: string | null;
  shortage?: string;
}

export interface ApiKeyRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  role: string;
  last4: string;
  is_revoked: boolean;
  is_limited: boolean;
  expires_at: string | null;
  last_used_at: string | null;
}

/** A key without its secrets; when it was used is right to a quarter of an hour. After a rotation the former secret is good until `previous_until`, and `former_secret_used_at` tells whether a program still comes with it. */
export interface ApiKeyView {
  id: string;
  version: number;
  name: string;
  role: string;
  permissions: readonly string[];
  warehouse_ids: readonly string[];
  channel_ids: readonly string[];
  last4: string;
  created_at: string;
  created_by: string;
  expires_at: string | null;
  revoked_at: string | null;
  rotated_at: string | null;
  previous_until: string | null;
  last_used_at: string | null;
  former_secret_used_at: string | null;
}

/** The original, as it was before the erasure. */
export interface ArchivedDocument {
  document_kind: string;
  document_id: string;
  until: string;
  content: Readonly<Record<string, unknown>>;
}

export interface ArchivedList {
  items: readonly ArchivedRow[];
}

export interface ArchivedRow {
  document_kind: string;
  document_id: string;
  until: string;
}

/** Why an operator wants to come in (10 to 500 characters, the company reads it), for how long, and whether to change something. */
export interface AskSupport {
  reason: string;
  hours?: number;
  wants_write?: boolean;
}

/** What an account is sought for; `vat_rate` as the chart names it (`5.5`). */
export interface Asked {
  purpose: string;
  tax_treatment: string;
  vat_rate: string;
  product_family: string;
  on: string;
}

/** Signing in goes on: with a one-time code, or with the choice of a tenant, and this `challenge`. */
export interface AskedView {
  status: "totp_required" | "tenant_required";
  challenge: string;
  tenants: readonly TenantChoice[];
}

/** One call. `status` is what the endpoint answered, None when it did not; `code` is delivered, refused, unreachable, timed_out, redirected or forbidden_target; `answer` the beginning of what it said. */
export interface Attempt {
  at: string;
  code: string;
  status: number | null;
  milliseconds: number;
  answer: string;
}

/** A record whole. `events` are all that the change said, `changes` every document that it touched. */
export interface AuditRecord {
  id: string;
  at: string;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  operation: string;
  event: string;
  document_kind: string;
  document_id: string;
  label: string;
  source_ip: string;
  consent_id: string;
  consented_by: string;
  user_agent: string;
  request_id: string;
  events: readonly string[];
  changes: readonly DocumentChange[];
  expires_on: string;
}

/** A record in a list: who did what to which document, when and from where. Of what an operator does inside, `consent_id` is the access it rests on and `consented_by` who of the company granted it; "" of everybody else. */
export interface AuditRow {
  id: string;
  kind: string;
  version: number;
  at: string;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  operation: string;
  event: string;
  document_kind: string;
  document_id: string;
  label: string;
  source_ip: string;
  consent_id: string;
  consented_by: string;
}

/** Whose open lines to match: those with one reference that settle each other, then equal amounts, oldest first; of the newest fiscal year when none is named. */
export interface AutomaticLetters {
  account: string;
  party_id: string;
  fiscal_year?: string;
}

/** The numbers of a SKU at one place; `available` is `on_hand` − `reserved`, below zero when a count found less. */
export interface Balance {
  place: Place;
  on_hand: string;
  reserved: string;
  available: string;
  incoming: string;
}

/** Why something is done to a tenant, in 10 to 500 characters; it stands in the log. */
export interface Because {
  reason: string;
}

export interface BilledLine {
  line_id: string;
  quantity: string;
}

/** A document made of an order, with how it stands. */
export interface BilledView {
  invoice_id: string;
  number: string;
  type_code: string;
  amount: string;
  due_date: string | null;
  open_amount: string;
  payment_state: string;
  is_overdue: boolean;
}

export interface BillingRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  customer_name: string;
  channel_id: string;
  currency: string;
  paid_total: string;
  billed_total: string;
  shipment_count: number;
  since: string | null;
  problem: string;
}

/** Our SKU on one shop: the product (and variation) it is there. One to one within a connection. */
export interface Binding {
  id: string;
  version: number;
  connection_id: string;
  sku: string;
  product_external_id: string;
  variation_external_id: string;
  name: string;
  created_at: string;
}

export interface BindingRow {
  id: string;
  kind: string;
  version: number;
  connection_id: string;
  sku: string;
  product_external_id: string;
  variation_external_id: string;
  name: string;
}

/** How the tenant's papers look. `logo` is the file's name in the bucket, "" without one; colours are `#rrggbb`. */
export interface Branding {
  id: string;
  version: number;
  logo: string;
  primary_colour: string;
  secondary_colour: string;
  footer_text: string;
}

/** One label for each parcel that has none. Without a service the carrier's usual one. */
export interface BuyLabels {
  carrier_id: string;
  service_code?: string;
}

/** Who bought, as it was when the order was placed. */
export interface Buyer {
  name: string;
  company_name: string;
  email: string;
  phone: string;
  vat_number: string;
}

/** Who bought, as it was when the order was placed. */
export interface BuyerInput {
  name?: string;
  company_name?: string;
  email?: string;
  phone?: string;
  vat_number?: string;
}

export interface CancelDelivery {
  reason?: string;
}

/** No lines means all that is still open. */
export interface CancelOrder {
  lines?: readonly LineQuantity[];
  reason?: string;
}

/** `credentials` are asked for by the platform (Sendcloud: `public_key`, `secret_key`); what is not given stays. */
export interface CarrierBody {
  name: string;
  platform?: string;
  is_active?: boolean;
  base_url?: string;
  credentials?: Readonly<Record<string, string>>;
  contract_id?: string;
  default_service_code?: string;
  tracking_url_template?: string;
  gs1_company_prefix?: string;
  sender?: AddressInput;
}

export interface CarrierRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  platform: string;
  is_active: boolean;
  service_count: number;
}

/** A service of a carrier, under the code that labels are bought by. */
export interface CarrierService {
  code: string;
  name: string;
  carrier_name: string;
}

/** A carrier as it is shown: never with its credentials. */
export interface CarrierView {
  id: string;
  name: string;
  platform: string;
  is_active: boolean;
  base_url: string;
  contract_id: string;
  services: readonly CarrierService[];
  default_service_code: string;
  tracking_url_template: string;
  gs1_company_prefix: string;
  sender: Address;
  has_credentials: boolean;
  webhook_url: string;
  created_at: string | null;
  version: number;
}

/** A question to the browser: what it gives to `navigator.credentials`, and the token to come back with. */
export interface Ceremony {
  token: string;
  origin: string;
  options: Readonly<Record<string, unknown>>;
}

/** One change in the feed: reload what it names if you show an older version. */
export interface Change {
  at: string;
  type: string;
  kind: string;
  entity_id: string;
  version: number;
}

/** What a person can choose besides the logo. */
export interface ChangeBranding {
  primary_colour: string;
  secondary_colour: string;
  footer_text?: string;
}

/** The company as it shall be; a field left out becomes empty. */
export interface ChangeCompany {
  legal_name: string;
  trade_name?: string;
  legal_form?: string;
  siren?: string;
  siret?: string;
  vat_number?: string;
  rcs_city?: string;
  share_capital?: number | string | null;
  address?: PostalAddressInput;
  phone?: string;
  email?: string;
  website?: string;
  iban?: string;
  vat_regime?: string;
}

/** The connection's rules as they shall be; `credentials` only when they change. */
export interface ChangeConnection {
  name: string;
  credentials?: Readonly<Record<string, string>> | null;
  warehouse_ids?: readonly string[];
  safety_buffer?: number | string;
  backorder_policy?: string;
  order_number_prefix?: string;
  vat_rate_default?: number | string | null;
  price_list_id?: string;
  push_stock?: boolean;
  push_prices?: boolean;
  requests_per_second?: number | string | null;
}

/** What is None stays. Only the note can be changed of an order that is no draft any more; see AmendOrder. */
export interface ChangeOrder {
  note?: string | null;
  lines?: readonly NewLine[] | null;
  charges?: readonly NewCharge[] | null;
  allowance?: number | string;
  customer_id?: string | null;
  buyer?: BuyerInput | null;
  billing_address?: AddressInput | null;
  shipping_address?: AddressInput | null;
}

/** What a change costs: lines with their amounts without VAT, the VAT, and what is paid: now when `is_due_now`, else with the next invoice. */
export interface ChangePreview {
  currency: string;
  is_due_now: boolean;
  lines: readonly PreviewLine[];
  total_without_vat: string;
  vat_amount: string;
  total: string;
  amount_due: string;
  due_at: string;
}

/** The tenant's settings as they shall be. The currency is not among them: amounts already stand in it. */
export interface ChangeSettings {
  name: string;
  locale: string;
  time_zone: string;
  country_code: string;
}

/** A user's name, role, language, warehouses, and whether they may come in at all. */
export interface ChangeUser {
  name: string;
  role: string;
  is_active?: boolean;
  locale?: string;
  warehouse_ids?: readonly string[];
  channel_ids?: readonly string[];
}

/** How a channel is invoiced. `deemed_supplier_customer_id` names the marketplace that sells in its own name: its orders are invoiced to it, not to the shopper (directive 2006/112/EC art. 14a; CGI art. 256 V). */
export interface ChannelRule {
  channel_id: string;
  policy: string;
  customer_rule: string;
  deemed_supplier_customer_id: string;
}

/** How a channel is invoiced. `deemed_supplier_customer_id` names the marketplace that sells in its own name: its orders are invoiced to it, not to the shopper (directive 2006/112/EC art. 14a; CGI art. 256 V). */
export interface ChannelRuleInput {
  channel_id: string;
  policy?: string;
  customer_rule?: string;
  deemed_supplier_customer_id?: string;
}

export interface ChargeView {
  kind: string;
  name: string;
  amount: string;
  vat_category: string;
  vat_rate: string;
  line_net_amount: string;
  vat_amount: string;
}

/** What a check of a period found. Hours after `sealed_through` are not closed yet. */
export interface Check {
  first: string;
  last: string;
  hours: number;
  records: number;
  sealed_through: string;
  findings: readonly chalicelib__audit__model__Finding[];
}

/** One thing to set up; `may` says whether this caller can. */
export interface ChecklistItem {
  id: string;
  is_done: boolean;
  is_dismissed: boolean;
  may: boolean;
}

/** The items in their order. `is_over`: none of them is left to do. */
export interface ChecklistView {
  items: readonly ChecklistItem[];
  done: number;
  is_over: boolean;
  version: number;
}

/** The account of something, the rule that chose it, and the other rules that fit, in the order of their rank. */
export interface Choice {
  asked: Asked;
  account: string;
  account_name: string;
  rule: AccountRule;
  considered: readonly chalicelib__ledger__law__determination__Considered[];
}

/** A plan, and seats besides those it has. */
export interface ChoosePlan {
  plan: string;
  extra_seats?: number;
}

/** How a closure stands, and what stands in the way of one. */
export interface ClosureView {
  state: string;
  requested_at: string | null;
  requested_by: string;
  archive_from: string | null;
  erase_after: string | null;
  obstacles: readonly string[];
  version: number;
}

/** The password was right; a one-time code with this `challenge` completes the sign-in. */
export interface CodeAsked {
  status: "totp_required";
  challenge: string;
}

/** The legal entity, with what French invoices must mention (Code de commerce R. 123-237, CGI ann. II 242 nonies A). `share_capital` is in the tenant's currency; `rcs_city` is the registry ("RCS Annecy"). Under the regime `franchise` it sells without VAT. */
export interface Company {
  id: string;
  version: number;
  legal_name: string;
  trade_name: string;
  legal_form: string;
  siren: string;
  siret: string;
  vat_number: string;
  rcs_city: string;
  share_capital: string | null;
  address: PostalAddress;
  phone: string;
  email: string;
  website: string;
  iban: string;
  vat_regime: string;
}

/** `quantity` of `sku` in one unit of a kit line, as it was when the order was placed. */
export interface Component {
  sku: string;
  quantity: string;
}

/** What a draft does when stock is short: `refuse` or `backorder`. */
export interface ConfirmOrder {
  shortage?: string;
}

/** A connection with how it feels. */
export interface ConnectionRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  platform: string;
  state: string;
  base_url: string;
  missing_count: number;
  failure_count: number;
  last_error: string;
  last_error_code: string;
  left_alone_until: string | null;
  last_synced_at: string | null;
  lag_p50_seconds: string | null;
  lag_p99_seconds: string | null;
}

/** A connection as people and programs see it: no secret, its health, and where its webhooks go. `webhook_secret` is told once, when it is made or rotated. Lag is from a sale elsewhere to its showing here. */
export interface ConnectionView {
  id: string;
  version: number;
  name: string;
  platform: string;
  base_url: string;
  state: string;
  webhook_url: string;
  webhook_secret: string | null;
  webhook_secret_rotated_at: string | null;
  is_webhook_secret_known: boolean;
  warehouse_ids: readonly string[];
  safety_buffer: string;
  backorder_policy: string;
  order_number_prefix: string;
  vat_rate_default: string | null;
  price_list_id: string;
  push_stock: boolean;
  push_prices: boolean;
  requests_per_second: string | null;
  platform_version: string;
  currency: string;
  prices_include_tax: boolean;
  tax_rates: readonly ShopTaxRate[];
  missing: readonly ShopFinding[];
  warnings: readonly ShopFinding[];
  created_at: string;
  checked_at: string | null;
  allowed_actions: readonly string[];
  failure_count: number;
  last_error: string;
  last_error_code: string;
  left_alone_until: string | null;
  last_synced_at: string | null;
  lag_p50_seconds: string | null;
  lag_p99_seconds: string | null;
}

/** What a day cost, and the orders placed on it. */
export interface CostDay {
  day: string;
  orders: number;
  usd: string;
}

/** A line of what something costs: `quantity` units of a meter at `price_usd` for every `per` of them are `usd`, US dollars without tax. */
export interface CostLine {
  meter: string;
  service: string;
  quantity: string;
  price_usd: string;
  per: number;
  usd: string;
}

/** What a tenant cost in a month, by the prices of `region` as read on `prices_read_on`; `usd_per_order` None without orders. `file_bytes` are what it keeps in files now. */
export interface Costs {
  month: string;
  region: string;
  prices_read_on: string;
  orders: number;
  file_bytes: number;
  usd: string;
  usd_per_order: string | null;
  lines: readonly CostLine[];
  days: readonly CostDay[];
}

/** A code the customer used: information, the lines' allowances carry what it took off. */
export interface Coupon {
  code: string;
  amount: string;
}

/** A code the customer used: information, the lines' allowances carry what it took off. */
export interface CouponInput {
  code: string;
  amount: number | string;
}

/** One thing a platform asks for before it lets us in. */
export interface CredentialAsked {
  name: string;
  is_required: boolean;
  is_secret: boolean;
}

/** Two steps: `email` and `password`; then the `challenge` of that answer with a one-time `code`. */
export interface Credentials {
  email?: string;
  password?: string;
  challenge?: string;
  code?: string;
}

/** A credit note: lines by quantity, or an amount with VAT spread over the rates, or, with neither, all that is left. With `restock_warehouse_id` the goods of the lines come back into that warehouse, at what they were worth when they left. One in another currency is at the rate of its invoice. `reopen` lets the orders of a wholly credited invoice be invoiced again. */
export interface CreditInvoice {
  lines?: readonly CreditLine[];
  amount?: number | string | null;
  reason: string;
  issue_date?: string | null;
  restock_warehouse_id?: string;
  reopen?: boolean;
}

/** So much of a line of the invoice. */
export interface CreditLine {
  line_id: string;
  quantity: number | string;
}

/** So much of a line is credited (or, of a deposit, deducted): the quantity, and `amount` in the line's own terms. */
export interface CreditedLine {
  line_id: string;
  quantity: string;
  amount: string;
}

/** A person or firm that buys. `email_key` is the keyed hash under which the e-mail is unique. */
export interface Customer {
  id: string;
  name: string;
  company_name: string;
  email: string;
  email_key: string;
  phone: string;
  siren: string;
  siret: string;
  vat_number: string;
  billing_address: Address;
  shipping_addresses: readonly Address[];
  locale: string;
  tags: readonly string[];
  note: string;
  credit_limit: string | null;
  is_active: boolean;
  created_at: string | null;
  updated_at: string | null;
  version: number;
}

/** What a person can say of a customer. */
export interface CustomerBody {
  name: string;
  company_name?: string;
  email?: string;
  phone?: string;
  siren?: string;
  siret?: string;
  vat_number?: string;
  billing_address?: AddressInput;
  shipping_addresses?: readonly AddressInput[];
  locale?: string;
  tags?: readonly string[];
  note?: string;
  credit_limit?: number | string | null;
  is_active?: boolean;
}

/** What a customer owes and will owe, in the company's currency. `available` is what the limit leaves, None without a limit; `invoiced_unpaid` is their balance in the books, deposits received taken off. */
export interface CustomerExposure {
  customer_id: string;
  customer_name: string;
  currency: string;
  invoiced_unpaid: string;
  orders_to_invoice: string;
  exposure: string;
  credit_limit: string | null;
  available: string | null;
  is_exceeded: boolean;
  orders: readonly ExposedOrder[];
}

export interface CustomerRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  company_name: string;
  email: string;
  city: string;
  country_code: string;
  siren: string;
  is_active: boolean;
}

/** What is declared of a delivery's parcels; nothing where `is_required` is false. No label is bought while anything is missing. */
export interface CustomsDeclaration {
  is_required: boolean;
  currency: string;
  is_business: boolean;
  parcels: readonly DeclaredParcel[];
  missing: readonly MissingData[];
}

/** An article of a parcel: `quantity` pieces of `weight_grams` each, worth `unit_value` each without VAT. */
export interface DeclaredItem {
  sku: string;
  description: string;
  quantity: number;
  weight_grams: number;
  unit_value: string;
  hs_code: string;
  country_of_origin: string;
}

export interface DeclaredParcel {
  parcel_number: number;
  items: readonly DeclaredItem[];
  total_value: string;
}

/** What leaves of an order from one warehouse. `carrier_id` names one of the tenant's carriers, `carrier_name` is how people and shops are told of it, also when it is none of those. */
export interface Delivery {
  id: string;
  number: string;
  state: string;
  order_id: string;
  order_number: string;
  warehouse_id: string;
  created_at: string;
  channel_id: string;
  channel_name: string;
  customer_name: string;
  lines: readonly DeliveryLine[];
  picks: readonly Pick[];
  parcels: readonly Parcel[];
  carrier_id: string;
  carrier_name: string;
  service_code: string;
  shipped_at: string | null;
  delivered_at: string | null;
  next_tracking_at: string | null;
  by_channel: boolean;
  version: number;
}

export interface DeliveryBody {
  body: string;
}

/** How much of an order's line leaves with this delivery, in base units (of a kit: whole kits). */
export interface DeliveryLine {
  line_id: string;
  sku: string;
  name: string;
  quantity: string;
}

/** A company's families and rules. From `oss_from` on, distance sales to consumers in other member states are taxed where they arrive and declared in the one-stop shop (CGI art. 258 A, 259 D, 298 sexdecies G). */
export interface Determination {
  id: string;
  version: number;
  oss_from: string | null;
  families: readonly ProductFamily[];
  rules: readonly AccountRule[];
}

/** The families and rules as they shall be. */
export interface DeterminationBody {
  oss_from?: string | null;
  families?: readonly ProductFamilyInput[];
  rules?: readonly AccountRuleInput[];
}

/** A document at which reports and books differ, and why: `not_in_reports` (an entry without invoice), `not_in_books`, `amounts_differ`, or `exchange` (the rounding of a converted amount). */
export interface DifferingDocument {
  kind: string;
  id: string;
  number: string;
  day: string;
  reported: string;
  booked: string;
  difference: string;
  reason: string;
}

/** The items to show no more; the others are shown until they are done. */
export interface DismissItems {
  dismissed: readonly string[];
}

/** What became of one document: created, changed or removed. `more` fields were left out. */
export interface DocumentChange {
  kind: string;
  id: string;
  version: number;
  verb: string;
  fields: readonly FieldChange[];
  more: number;
}

/** A document behind a number, with its part of it on that day. */
export interface DocumentRow {
  id: string;
  kind: string;
  number: string;
  day: string;
  amount: string | null;
}

/** Where what a job made can be fetched, until when. */
export interface Download {
  url: string;
  expires_at: string;
  file_name: string;
}

/** An endpoint as it shall be: an https address on the public internet, and the events it wants to hear of. */
export interface EndpointBody {
  name: string;
  url: string;
  event_types: readonly string[];
}

/** The secret for an authenticator, shown once, and the token that confirming it wants within ten minutes. */
export interface Enrolment {
  secret: string;
  otpauth_uri: string;
  enrolment: string;
}

export interface EnrolmentCode {
  enrolment: string;
  code: string;
}

export interface EntryActor {
  kind: string;
  id: string;
  name: string;
}

export interface EntryBody {
  price: number | string;
  min_quantity?: number | string;
  valid_from?: string | null;
  valid_to?: string | null;
}

export interface EntryLineView {
  account: string;
  account_name: string;
  party_id: string;
  party_name: string;
  label: string;
  debit: string;
  credit: string;
  currency: string;
  currency_amount: string | null;
  due_date: string | null;
}

/** Entries of one journal, newest first. */
export interface EntryPage {
  items: readonly JournalEntryView[];
  cursor: string | null;
}

/** Whom to erase: a customer, or a user. `confirm` is their name, typed: what is erased does not come back. */
export interface EraseBody {
  customer_id?: string;
  user_id?: string;
  confirm: string;
}

/** That a person was erased: who asked, what was kept and until when. Nothing of it says who the person was; `subject_id` is the document they were, which now bears the pseudonym. */
export interface Erasure {
  id: string;
  version: number;
  state: string;
  subject_kind: string;
  subject_id: string;
  pseudonym: string;
  asked_by: string;
  asked_at: string;
  erased_at: string | null;
  erased_count: number;
  terms: readonly Term[];
  job_id: string;
}

export interface ErasureRow {
  id: string;
  kind: string;
  version: number;
  state: string;
  subject_kind: string;
  subject_id: string;
  pseudonym: string;
  asked_at: string;
  kept_count: number;
  kept_until: string | null;
}

/** An event that can be subscribed to; `is_allowed` when the caller may see what it is about. */
export interface EventTypeView {
  type: string;
  area: string;
  permission: string;
  is_allowed: boolean;
}

/** `rate` is what one unit of `currency` is worth in the company's; its id is currency and day. */
export interface ExchangeRate {
  id: string;
  version: number;
  currency: string;
  rate_on: string;
  rate: string;
  source: string;
  created_at: string;
  created_by: string;
}

/** A corrected rate; documents keep the one they used. */
export interface ExchangeRateBody {
  rate: number | string;
  source?: string;
}

export interface ExchangeRateRow {
  id: string;
  kind: string;
  version: number;
  currency: string;
  rate_on: string;
  rate: string;
  source: string;
}

/** One input or step: `value` as it is read (a decimal or a date), `link` to the page of what it comes from, `at` the instant of what happened (ISO 8601; shown in the reader's way, so never written into the label). */
export interface ExplainedRow {
  label: string;
  value: string;
  unit: string;
  link: string;
  at: string;
}

/** Why a figure is what it is; texts are in the caller's language. */
export interface Explanation {
  value: string;
  unit: string;
  formula: string;
  inputs: readonly ExplainedRow[];
  steps: readonly ExplainedRow[];
}

/** A file of what these filters find: `filters` are the list's own, by name; `format` is csv or xlsx. */
export interface ExportAudit {
  format?: string;
  filters?: Readonly<Record<string, string>>;
}

/** An order on credit and what of it is still to be invoiced. */
export interface ExposedOrder {
  order_id: string;
  number: string;
  state: string;
  amount: string;
}

/** Further lines for a partial letter; it becomes full when nothing is owed any more. */
export interface ExtendLetter {
  lines: readonly LineReference[];
}

/** An event that `consumer` could not do, last at `failed_at`, after so many attempts; it is tried five times, then it waits among the dead letters. */
export interface FailedEvent {
  event_id: string;
  type: string;
  consumer: string;
  failed_at: string;
  attempts: number;
  error: string;
  request_id: string;
  correlation_id: string;
}

/** The families a product may have. */
export interface Families {
  items: readonly FamilyRow[];
}

/** A family of articles that are accounted for alike; `purpose` is goods, finished or services. */
export interface FamilyRow {
  id: string;
  name: string;
  name_en: string;
  purpose: string;
}

/** A shop that still has webhooks of ours: since when, why, when it is tried again, and until when. */
export interface FarewellView {
  connection_id: string;
  name: string;
  base_url: string;
  since: string;
  attempts: number;
  last_error_code: string;
  next_at: string;
  tried_until: string;
}

/** An event that a consumer of the tenant's could not do: `where` and `what`, the class of the error, how often it was tried, and the id by which the logs tell the rest. `is_dead`: it was given up, and lies in the dead letters. */
export interface Fault {
  id: string;
  where: string;
  what: string;
  error: string;
  at: string;
  attempts: number;
  correlation_id: string;
  is_dead: boolean;
}

/** What is agreed with a provider: `percent` of the amount and `fixed` for each payment; `gateway` is how the shop calls it, "" for all of the method. */
export interface FeeRule {
  method: string;
  gateway: string;
  percent: string;
  fixed: string;
}

/** What is agreed with a provider: `percent` of the amount and `fixed` for each payment; `gateway` is how the shop calls it, "" for all of the method. */
export interface FeeRuleInput {
  method?: string;
  gateway?: string;
  percent?: number | string;
  fixed?: number | string;
}

/** One field before and after, as JSON writes values; null where there was nothing. `•••` stands for what is not kept. */
export interface FieldChange {
  path: string;
  before: Readonly<Record<string, unknown>>;
  after: Readonly<Record<string, unknown>>;
}

/** A metric of one domain or platform (`all` for neither), in its unit, over the period and slot by slot. */
export interface FigureSeries {
  metric: string;
  member: string;
  unit: string;
  count: number;
  total: string;
  p99: string | null;
  slots: readonly FigureSlot[];
}

/** A metric from `at` on until the next slot: how many measurements, their sum, and of times the p50 and p99. */
export interface FigureSlot {
  at: string;
  count: number;
  total: string;
  p50: string | null;
  p99: string | null;
}

export interface FiscalYearRow {
  id: string;
  kind: string;
  version: number;
  starts_on: string;
  ends_on: string;
  state: string;
  locked_through: string;
}

/** A fiscal year with what can be done with it. */
export interface FiscalYearView {
  id: string;
  version: number;
  starts_on: string;
  ends_on: string;
  state: string;
  locked_through: string;
  journals: readonly string[];
  created_at: string;
  allowed_actions: readonly string[];
}

/** A document that the words found. */
export interface Found {
  kind: string;
  id: string;
  title: string;
  subtitle: string;
  state: string;
}

/** For how many hours from now, at most 72, and whether the operator may change things, which they must have asked for. */
export interface GrantSupport {
  hours: number;
  may_write?: boolean;
}

/** Each part of the service: `up` or `down`. */
export interface Health {
  status: "ok" | "degraded";
  parts: Readonly<Record<string, "up" | "down">>;
}

/** What became of a carrier's webhook. */
export interface Heard {
  status: string;
}

/** A reservation: `quantity` of the SKU promised from a place to an order's line. */
export interface HeldQuantity {
  order_id: string;
  order_number: string;
  line_id: string;
  place: Place;
  quantity: string;
}

export interface HoldOrder {
  reason: string;
}

/** Somebody who has a role: a user, an open invitation or an API key. */
export interface Holder {
  kind: string;
  id: string;
  name: string;
}

/** A file as text or, with its encoding unknown, in base64; `mapping` says which column is which field. */
export interface ImportBody {
  text?: string;
  content_base64?: string;
  delimiter?: string;
  mapping?: Readonly<Record<string, string>>;
  file_name?: string;
  dry_run?: boolean;
}

/** The upload to import; with `dry_run` it is only checked. */
export interface ImportExport {
  upload_id: string;
  dry_run?: boolean;
}

/** The session inside the tenant has begun; its cookie came with this answer. */
export interface Inside {
  tenant_id: string;
  ends_at: string;
  may_write: boolean;
}

/** What the page of an invitation's link shows. */
export interface InvitationFacts {
  company: string;
  email: string;
  name: string;
  role: string;
  locale: string;
  expires_at: string;
  has_login: boolean;
}

export interface InvitationRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  email: string;
  role: string;
  state: string;
  expires_at: string;
}

export interface InvitationToken {
  token: string;
}

/** An invitation without its token. */
export interface InvitationView {
  id: string;
  version: number;
  state: string;
  email: string;
  name: string;
  role: string;
  warehouse_ids: readonly string[];
  channel_ids: readonly string[];
  locale: string;
  invited_by: string;
  created_at: string;
  expires_at: string;
  allowed_actions: readonly string[];
}

export interface InviteUser {
  email: string;
  name: string;
  role: string;
  warehouse_ids?: readonly string[];
  channel_ids?: readonly string[];
  locale?: string;
}

/** Why an invoice's lines and VAT stand on their accounts, by the table as it stood when it was posted. */
export interface InvoiceAccounts {
  invoice_id: string;
  number: string;
  entry_id: string;
  table_version: number;
  is_current_table: boolean;
  rows: readonly PostedLine[];
}

/** `amount` is what the line comes to as the customer was quoted it (with VAT where `prices_include_vat`), below zero for what is deducted; `line_net_amount` is without VAT (BT-131). `unit_price` is net (BT-146), made from the net amount where prices include VAT: quantity × unit_price − allowance = line_net_amount, to the cent. `reference` is, for a deducted deposit, its invoice; for a credit note's line, the line it credits. */
export interface InvoiceLine {
  id: string;
  line_kind: string;
  order_id: string;
  order_line_id: string;
  sku: string;
  name: string;
  quantity: string;
  unit_code: string;
  unit_price: string;
  allowance: string;
  amount: string;
  line_net_amount: string;
  vat_category: string;
  vat_rate: string;
  product_family: string;
  reference: string;
}

/** One invoice of one or several orders of a customer. It is issued at once unless `issue` is false, which keeps a draft. */
export interface InvoiceOrders {
  orders: readonly OrderToInvoice[];
  issue?: boolean;
  issue_date?: string | null;
  exchange_rate?: number | string | null;
  note?: string;
}

export interface InvoiceRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  state: string;
  type_code: string;
  issue_date: string | null;
  due_date: string | null;
  customer_id: string;
  customer_name: string;
  channel_id: string;
  currency: string;
  total_without_vat: string;
  payable_amount: string;
  credited_total: string;
  credit_state: string;
  paid_total: string;
  open_amount: string;
  payment_state: string;
  is_overdue: boolean;
}

/** Many at once: the orders named, or all that wait, of a channel when it is named. One invoice for each order. */
export interface InvoiceRun {
  order_ids?: readonly string[];
  channel_id?: string;
  issue_date?: string | null;
}

/** An invoice with how it stands: what of it was credited and paid, by which documents, what is open, and what can be done with it. `payment_state` is "" of a draft; `is_overdue` follows from today's date. */
export interface InvoiceView {
  id: string;
  version: number;
  state: string;
  type_code: string;
  number: string;
  series_id: string;
  issue_date: string | null;
  due_date: string | null;
  supply_date: string | null;
  payment_terms_days: number | null;
  currency: string;
  exchange_rate: string | null;
  exchange_rate_on: string | null;
  exchange_rate_source: string;
  own_payable_amount: string | null;
  prices_include_vat: boolean;
  channel_id: string;
  channel_name: string;
  customer_id: string;
  seller: Party;
  buyer: Party;
  delivery_address: Address;
  buyer_reference: string;
  locale: string;
  sources: readonly Source[];
  references: readonly Reference[];
  reason: string;
  note: string;
  lines: readonly InvoiceLine[];
  line_count: number;
  line_chunks: number;
  vat_breakdown: readonly VatLine[];
  total_without_vat: string;
  vat_amount: string;
  total_with_vat: string;
  rounding_amount: string;
  payable_amount: string;
  paid_amount: string;
  deposits_deducted: string;
  mentions: readonly Mention[];
  entry_id: string;
  determination_version: number | null;
  cost_entry_id: string;
  cost?: string | null;
  created_at: string;
  issued_at: string | null;
  issued_by: string;
  standing: chalicelib__invoicing__standing__Standing | null;
  customer_name: string;
  paid_total: string;
  open_amount: string;
  payment_state: string;
  is_overdue: boolean;
  allowed_actions: readonly string[];
}

/** When it is dated (today when not said, never before the last of its series) and, for a currency that is not the company's, what one unit of it is worth. */
export interface IssueInvoice {
  issue_date?: string | null;
  exchange_rate?: number | string | null;
}

/** A job that is open, or failed in the last seven days; `silent_seconds` is how long an open one has said nothing. */
export interface JobFigure {
  id: string;
  job_kind: string;
  title: string;
  state: string;
  done: number;
  total: number;
  created_at: string;
  silent_seconds: number;
}

export interface JobRow {
  id: string;
  kind: string;
  version: number;
  job_kind: string;
  state: string;
  title: string;
  subject_id: string;
  dry_run: boolean;
  total: number;
  done: number;
  problem_count: number;
  actor_name: string;
  created_at: string;
}

/** A job with how far it is and what was wrong so far (at most 500 problems). */
export interface JobView {
  id: string;
  job_kind: string;
  state: string;
  title: string;
  subject_id: string;
  dry_run: boolean;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  locale: string;
  total: number;
  done: number;
  chunk: number;
  chunk_count: number;
  settled: number;
  counts: Readonly<Record<string, number>>;
  problem_count: number;
  facts: Readonly<Record<string, unknown>>;
  run: number;
  takeovers: number;
  resume_at: string | null;
  waiting_since: string | null;
  failure_code: string;
  failure_detail: string;
  created_at: string;
  started_at: string | null;
  updated_at: string | null;
  ended_at: string | null;
  version: number;
  progress: Progress;
  problems: readonly Problem[];
  allowed_actions: readonly string[];
}

/** The invitation is accepted; sign in to come in. */
export interface JoinedView {
  status: "joined";
  email: string;
  tenant_id: string;
}

/** A book of entries, numbered on its own in each fiscal year. `id` is its code. In a chronological journal no entry is dated before the last one; in the others the accounting date is free within the open period. */
export interface Journal {
  id: string;
  version: number;
  name: string;
  name_en: string;
  journal_kind: string;
  is_chronological: boolean;
  is_active: boolean;
}

export interface JournalBody {
  name: string;
  name_en?: string;
  is_active?: boolean;
}

/** A posted entry; `hash` and `previous_hash` are its link in the journal's chain, `total` one of its sides. */
export interface JournalEntryView {
  id: string;
  version: number;
  fiscal_year: string;
  journal: string;
  journal_name: string;
  number: number;
  entry_date: string;
  posted_on: string;
  label: string;
  currency: string;
  document_kind: string;
  document_id: string;
  document_reference: string;
  document_date: string;
  reverses: string;
  actor_name: string;
  posted_at: string;
  hash: string;
  previous_hash: string;
  total: string;
  lines: readonly EntryLineView[];
}

export interface JournalRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  name_en: string;
  journal_kind: string;
  is_active: boolean;
}

/** `quantity` base units of `sku` in one kit. */
export interface KitComponent {
  sku: string;
  quantity: string;
}

/** `quantity` base units of `sku` in one kit. */
export interface KitComponentInput {
  sku: string;
  quantity: number | string;
}

/** A carrier's label. `state` is `buying` (asked for, the answer not known yet), `bought` or `voided`. `reference` is what the carrier knows this purchase by, whatever becomes of its answer; the files are names in the bucket. */
export interface Label {
  state: string;
  reference: string;
  asked_at: string;
  external_id: string;
  pdf_file: string;
  zpl_file: string;
  problem: string;
}

/** How late `count` things were, in seconds; None when there were none. */
export interface Lag {
  count: number;
  p50_seconds: string | null;
  p99_seconds: string | null;
  longest_seconds: string | null;
}

/** How late one channel was on a business `day`: over `count` changes, in seconds. */
export interface LagDay {
  day: string;
  count: number;
  p50_seconds: string;
  p99_seconds: string;
}

/** The same of what was done from `at` on, until the next slot. */
export interface LagSlot {
  at: string;
  count: number;
  p50_seconds: string;
  p99_seconds: string;
}

export interface LagView {
  connection_id: string;
  count: number;
  p50_seconds: string | null;
  p99_seconds: string | null;
  longest_seconds: string | null;
  name: string;
}

/** `to_free` goes on with the plan Free; else everything stays readable for a while and is closed after that. */
export interface Leave {
  to_free?: boolean;
}

/** Lines of the general ledger or of a party's. */
export interface LedgerPage {
  fiscal_year: string;
  lines: readonly LedgerRow[];
  cursor: string | null;
}

/** A line of the general ledger or of a party's, with what leads back to its entry and its document; `letter` is the code of the letter it stands in, `letter_state` full or partial. */
export interface LedgerRow {
  entry_id: string;
  entry_date: string;
  journal: string;
  number: number;
  line: number;
  account: string;
  party_id: string;
  party_name: string;
  label: string;
  document_kind: string;
  document_id: string;
  document_reference: string;
  debit: string;
  credit: string;
  due_date: string | null;
  letter_id: string;
  letter: string;
  letter_state: string;
}

export interface LeftToPack {
  line_id: string;
  sku: string;
  quantity: string;
}

export interface LetterRow {
  id: string;
  kind: string;
  version: number;
  account: string;
  party_name: string;
  code: string;
  state: string;
  method: string;
  lettered_on: string;
  debit: string;
  credit: string;
}

/** A letter with what can be done with it. */
export interface LetterView {
  id: string;
  version: number;
  account: string;
  party_id: string;
  party_name: string;
  fiscal_year: string;
  code: string;
  state: string;
  method: string;
  lettered_on: string;
  debit: string;
  credit: string;
  lines: readonly LetteredLine[];
  created_at: string;
  allowed_actions: readonly string[];
}

/** A line as it stands in the entry: `line` counts from 1. `place` is where it lies among the party's open lines. */
export interface LetteredLine {
  entry_id: string;
  line: number;
  place: string;
  entry_date: string;
  due_date: string | null;
  label: string;
  document_reference: string;
  debit: string;
  credit: string;
}

/** A SKU's stock as it is now. `valuation`, and value and cost of the moves, are there for who may see costs. */
export interface LevelDetail {
  id: string;
  sku: string;
  name: string;
  unit_code: string;
  is_kit: boolean;
  on_hand: string;
  reserved: string;
  available: string;
  incoming: string;
  reorder_minimum: string | null;
  is_low: boolean;
  packs: readonly Pack[];
  warehouses: readonly WarehouseStock[];
  balances: readonly Balance[];
  reservations: readonly HeldQuantity[];
  moves: readonly Move[];
  valuation?: StockValue | null;
  version: number;
}

export interface LevelRow {
  id: string;
  kind: string;
  version: number;
  sku: string;
  name: string;
  unit_code: string;
  is_kit: boolean;
  on_hand: string;
  reserved: string;
  available: string;
  incoming: string;
  is_short: boolean;
  is_low: boolean;
}

export interface LineQuantity {
  line_id: string;
  quantity: number | string;
}

/** A line of an entry; `line` counts from 1. */
export interface LineReference {
  entry_id: string;
  line: number;
}

/** A SKU of a list with its entries. */
export interface ListedPrices {
  sku: string;
  entries: readonly PriceEntry[];
}

/** Nothing is posted on or before `through` any more. */
export interface LockPeriod {
  through: string;
}

/** The last day of the trial, UTC: at most ninety days after the company's first. */
export interface LongerTrial {
  last_day: string;
  reason: string;
}

/** What a line earns without VAT. `is_final` says that all of it left or was cancelled, so that no cost is expected. */
export interface MarginLine {
  line_id: string;
  sku: string;
  name: string;
  quantity: string;
  revenue: string;
  invoiced: string;
  credited: string;
  cost: string;
  margin: string;
  margin_percent: string | null;
  is_final: boolean;
  steps: readonly MarginStep[];
}

/** A step from the price to the margin: `code` names it (price, allowance, vat, cancelled, credited, shipped_cost, expected_cost). */
export interface MarginStep {
  code: string;
  amount: string;
  quantity: string | null;
}

/** Invoices that the payment settles, oldest due first when several share what is left. */
export interface MatchPayment {
  allocations: readonly NewAllocation[];
}

/** A measure as people choose it: its name, what it means, the dimensions it is kept by. */
export interface MeasureView {
  name: string;
  kind: string;
  label: string;
  text: string;
  formula: string;
  basis: string;
  dimensions: readonly string[];
}

/** A picture or document of a product: `key` names it in our bucket. */
export interface Media {
  key: string;
  content_type: string;
  title: string;
}

export interface MediaKey {
  key: string;
}

/** A sentence the law wants on the document, as it was worded on the day of issue; `source` is the article. */
export interface Mention {
  code: string;
  text: string;
  source: string;
}

/** What an article lacks: the field of the catalogue. */
export interface MissingData {
  sku: string;
  variant_id: string;
  field: string;
}

export interface MoreVariants {
  variants: readonly NewVariant[];
}

/** A quantity that came (positive) or went (negative), with what it was worth. `document_*` say because of what. */
export interface Move {
  id: string;
  sku: string;
  effective_at: string;
  place: Place;
  quantity: string;
  reason: string;
  value?: string | null;
  unit_cost?: string | null;
  document_kind: string;
  document_id: string;
  actor_name: string;
}

/** A new account: six digits, the first three of the French chart. */
export interface NewAccount {
  number: string;
  name: string;
  name_en?: string;
  has_auxiliary?: boolean;
  usage?: string;
  vat_rate?: string;
  product_family?: string;
}

export interface NewAdjustment {
  warehouse_id: string;
  reason: string;
  lines: readonly AdjustmentLine[];
}

/** An invoice to settle, with so much or, when not said, as much as both allow. */
export interface NewAllocation {
  invoice_id: string;
  amount?: number | string | null;
}

/** `permissions` narrows the role; `expires_at` None means until revoked. */
export interface NewApiKey {
  name: string;
  role: string;
  permissions?: readonly string[];
  warehouse_ids?: readonly string[];
  channel_ids?: readonly string[];
  expires_at?: string | null;
}

/** Says which item of the shop one of our SKUs is. */
export interface NewBinding {
  sku: string;
  product_external_id: string;
  variation_external_id?: string;
}

/** Without a VAT rate a charge follows the goods: it is divided over their rates (an accessory follows the main supply, CGI art. 257 ter). */
export interface NewCharge {
  kind?: string;
  name?: string;
  amount: number | string;
  vat_category?: string | null;
  vat_rate?: number | string | null;
}

/** What connecting a shop needs. `credentials` is what the platform asks for (`/api/channels/platforms`). */
export interface NewConnection {
  name: string;
  platform?: string;
  base_url: string;
  credentials: Readonly<Record<string, string>>;
  warehouse_ids?: readonly string[];
  safety_buffer?: number | string;
  backorder_policy?: string;
  order_number_prefix?: string;
  vat_rate_default?: number | string | null;
  price_list_id?: string;
  push_stock?: boolean;
  push_prices?: boolean;
}

/** A deposit that was received on an order: an amount with VAT, or a percentage of the order. */
export interface NewDeposit {
  order_id: string;
  amount?: number | string | null;
  percent?: number | string | null;
  received_on?: string | null;
  exchange_rate?: number | string | null;
}

/** An entry as a person types it. `document_date` is the piece's own, the entry's when it has none. */
export interface NewEntry {
  journal: string;
  entry_date: string;
  label: string;
  document_reference?: string;
  document_date?: string | null;
  lines: readonly NewEntryLine[];
}

/** One line: a debit or a credit in the company's currency; `party_id` where the account has auxiliaries, and there `due_date` says when it is to be paid (the entry's date when not said). */
export interface NewEntryLine {
  account: string;
  debit?: number | string;
  credit?: number | string;
  label?: string;
  party_id?: string;
  party_name?: string;
  currency?: string;
  currency_amount?: number | string | null;
  due_date?: string | null;
}

/** What one unit of another currency is worth on a day, and who says so (the central bank, customs). */
export interface NewExchangeRate {
  currency: string;
  rate_on: string;
  rate: number | string;
  source?: string;
}

export interface NewFiscalYear {
  starts_on: string;
  ends_on: string;
}

/** A free invoice, kept as a draft. `allowance` is taken off the whole, divided over its VAT rates. */
export interface NewInvoice {
  lines: readonly NewInvoiceLine[];
  allowance?: number | string;
  allowance_reason?: string;
  customer_id?: string;
  buyer?: PartyInput | null;
  delivery_address?: AddressInput;
  currency?: string;
  prices_include_vat?: boolean;
  supply_date?: string | null;
  payment_terms_days?: number | null;
  buyer_reference?: string;
  note?: string;
}

/** A line as a person types it: the price of one unit, with VAT where the invoice's prices include it; `allowance` is taken off the whole line. */
export interface NewInvoiceLine {
  name: string;
  line_kind?: string;
  sku?: string;
  quantity?: number | string;
  unit_code?: string;
  unit_price: number | string;
  allowance?: number | string;
  vat_category?: string;
  vat_rate?: number | string;
  product_family?: string;
}

export interface NewJournal {
  code: string;
  name: string;
  name_en?: string;
  journal_kind?: string;
  is_chronological?: boolean;
}

/** The same with the key's whole text, told this once. */
export interface NewKeyView {
  id: string;
  version: number;
  name: string;
  role: string;
  permissions: readonly string[];
  warehouse_ids: readonly string[];
  channel_ids: readonly string[];
  last4: string;
  created_at: string;
  created_by: string;
  expires_at: string | null;
  revoked_at: string | null;
  rotated_at: string | null;
  previous_until: string | null;
  last_used_at: string | null;
  former_secret_used_at: string | null;
  key: string;
}

/** Lines of one account, party and fiscal year. `is_partial` accepts that something is still owed. */
export interface NewLetter {
  lines: readonly LineReference[];
  is_partial?: boolean;
}

/** `quantity` is in `unit_code`, any unit of the variant; "" is its base unit. A `gtin` stands for a SKU and unit. `unit_price` None asks the price lists, which are in base units; `price_per` says whether a typed price is that of the base unit (`base`) or of the line's own (`unit`). `amount` None is quantity × price less the allowance. VAT None takes the variant's. */
export interface NewLine {
  sku?: string;
  gtin?: string;
  quantity: number | string;
  unit_code?: string;
  unit_price?: number | string | null;
  price_per?: string;
  allowance?: number | string;
  amount?: number | string | null;
  name?: string;
  vat_category?: string | null;
  vat_rate?: number | string | null;
  external_id?: string;
}

/** A PNG, JPEG, WebP or SVG drawing, in base64, of at most 200 kB. */
export interface NewLogo {
  content_base64: string;
}

/** A picture to add: its bytes in base64; what it is, is read from them. */
export interface NewMedia {
  content_base64: string;
  title?: string;
}

/** Ask for a paper that is missing or was made before the branding changed. `part_id` is the delivery's, of its note or label. */
export interface NewPaper {
  paper_kind: string;
  subject_id: string;
  part_id?: string;
}

/** What `navigator.credentials.create` answered, as JSON (RegistrationResponseJSON), and a name for it. */
export interface NewPasskey {
  token: string;
  credential: Readonly<Record<string, unknown>>;
  name: string;
}

export interface NewPassword {
  token: string;
  password: string;
}

/** Money received from a customer, or given back. `customer_id` may be left out when an invoice names the customer. `account` stands in for the account of the method; `paid_on` is today when not said. In another currency than the company's it settles invoices in that one; `own_amount` is what it came to, or `exchange_rate` what one unit did; without either the company's table of rates says it. */
export interface NewPayment {
  direction?: string;
  method: string;
  amount: number | string;
  fee?: number | string;
  currency?: string;
  own_amount?: number | string | null;
  exchange_rate?: number | string | null;
  paid_on?: string | null;
  customer_id?: string;
  order_id?: string;
  reference?: string;
  note?: string;
  account?: string;
  allocations?: readonly NewAllocation[];
}

/** What reached the bank: the payments, and two of gross, `fee` and `net` (the payments say the gross amount). Without both the fees are those of the payments, else those agreed; so they are too where a payment was in another currency, and what `net` differs by then is the exchange. `account` stands in for the bank's, `paid_on` is today when not said. `external_id` is the provider's own number: the same is not recorded twice. */
export interface NewPayout {
  payments: readonly PayoutPayment[];
  fee?: number | string | null;
  net?: number | string | null;
  paid_on?: string | null;
  external_id?: string;
  reference?: string;
  note?: string;
  account?: string;
}

export interface NewProduct {
  name: string;
  description?: string;
  brand?: string;
  category?: string;
  product_family?: string;
  axes?: readonly string[];
  variants: readonly NewVariant[];
}

export interface NewReceipt {
  warehouse_id: string;
  reference?: string;
  lines: readonly ReceiptLine[];
}

/** The same with the secret that messages are signed with from now on, told this once. */
export interface NewSecretView {
  id: string;
  version: number;
  name: string;
  url: string;
  event_types: readonly string[];
  state: string;
  disabled_code: string;
  disabled_at: string | null;
  previous_until: string | null;
  created_at: string;
  created_by: string;
  failing_since: string | null;
  paused_until: string | null;
  last_success_at: string | null;
  allowed_actions: readonly string[];
  secret: string;
}

/** A company that wants to begin, and the person who will own it. Either number names a French company; the other follows from it. `chart` "" keeps no books for now; `fiscal_year_starts_on` is the first day of the running year. */
export interface NewSignUp {
  email: string;
  name: string;
  company_name: string;
  country_code?: string;
  siren?: string;
  vat_number?: string;
  currency?: string;
  chart?: string;
  vat_regime?: string;
  fiscal_year_starts_on: string;
  time_zone?: string;
  locale?: string;
}

export interface NewTransfer {
  warehouse_id: string;
  to_warehouse_id: string;
  reference?: string;
  lines: readonly TransferLine[];
}

export interface NewVariant {
  sku: string;
  axis_values?: readonly string[];
  gtin?: string;
  unit_code?: string;
  conversions?: readonly UnitConversionInput[];
  weight_grams?: number;
  vat_category?: string;
  vat_rate?: number | string;
  kit_components?: readonly KitComponentInput[];
  hs_code?: string;
  country_of_origin?: string;
  reorder_minimum?: number | string | null;
}

/** Nothing is said. */
export type NoFacts = Readonly<Record<string, unknown>>;

/** How an issued invoice or credit note stands: `open_amount` is what payments have still to settle. */
export interface OpenInvoice {
  invoice_id: string;
  number: string;
  type_code: string;
  issue_date: string | null;
  due_date: string | null;
  currency: string;
  payable_amount: string;
  paid_total: string;
  open_amount: string;
  payment_state: string;
  payments: readonly PaidBy[];
}

export interface OpenInvoices {
  items: readonly OpenInvoice[];
}

/** A line that no full letter holds; `letter` is the code of the partial letter it stands in. */
export interface OpenItem {
  party_id: string;
  party_name: string;
  line: LetteredLine;
  letter_id: string;
  letter: string;
}

/** The open lines of an account, or of one customer or supplier on it; `balance` is debit less credit. */
export interface OpenItems {
  fiscal_year: string;
  account: string;
  party_id: string;
  currency: string;
  balance: string;
  lines: readonly OpenItem[];
}

/** One of the caller's sessions. `device` is the browser and system its user agent names, "" when it names none. */
export interface OpenSession {
  id: string;
  user_id: string;
  created_at: string;
  last_seen_at: string;
  ends_at: string;
  source_ip: string;
  user_agent: string;
  device: string;
  is_current: boolean;
}

/** A line with what was typed and its base units. */
export interface OperationLineView {
  sku: string;
  quantity: string;
  base_unit_code: string;
  unit_code: string;
  unit_quantity: string;
  unit_factor: string;
  location: string;
  lot_number: string;
  unit_cost?: string | null;
  to_location: string;
}

export interface OperationRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  operation: string;
  warehouse_id: string;
  to_warehouse_id: string;
  reason: string;
  reference: string;
  line_count: number;
  done_at: string;
}

export interface OperationView {
  id: string;
  number: string;
  operation: string;
  warehouse_id: string;
  to_warehouse_id: string;
  reason: string;
  reference: string;
  lines: readonly OperationLineView[];
  done_at: string;
  version: number;
}

/** Who operates. `csrf_token` goes back in `X-CSRF-Token` with every change. */
export interface OperatorSession {
  status: "signed_in";
  csrf_token: string;
  id: string;
  name: string;
  email: string;
  locale: string;
}

/** What of an order is invoiced, and how its documents stand. */
export interface OrderBillingView {
  id: string;
  version: number;
  number: string;
  customer_id: string;
  customer_name: string;
  channel_id: string;
  currency: string;
  paid_total: string;
  billed_total: string;
  lines: readonly BilledLine[];
  has_order_level: boolean;
  documents: readonly BilledView[];
  covered: readonly string[];
  costed: readonly string[];
  pending: readonly PendingShipment[];
  problem: string;
}

/** A line with what was typed, its net amount and VAT (EN 16931 BT-131), and what is reserved of it. */
export interface OrderLineView {
  id: string;
  sku: string;
  name: string;
  quantity: string;
  unit_price: string;
  base_unit_code: string;
  unit_code: string;
  unit_quantity: string;
  unit_factor: string;
  pack_price: string | null;
  allowance: string;
  amount: string;
  vat_category: string;
  vat_rate: string;
  kit: readonly Component[];
  reserved: readonly Reserved[];
  backordered_quantity: string;
  shipped_quantity: string;
  cancelled_quantity: string;
  external_id: string;
  product_family: string;
  line_net_amount: string;
  vat_amount: string;
  reserved_quantity: string;
}

/** An order's margin: the sum of its lines and charges, in its currency. */
export interface OrderMargin {
  order_id: string;
  number: string;
  currency: string;
  lines: readonly MarginLine[];
  charges: string;
  revenue: string;
  cost: string;
  margin: string;
  margin_percent: string | null;
  rounding_amount: string;
}

export interface OrderRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  state: string;
  placed_at: string;
  customer_name: string;
  channel_id: string;
  channel_name: string;
  external_number: string;
  total_with_vat: string;
  paid_total: string;
  currency: string;
  line_count: number;
  is_paid: boolean;
  is_backordered: boolean;
  is_sample: boolean;
}

/** An order, and what of it: the parcels named, all that left and is in no invoice (`delivered`), or all that was ordered and not cancelled (`ordered`). */
export interface OrderToInvoice {
  order_id: string;
  shipment_ids?: readonly string[];
  scope?: string;
}

/** An order with the figures that follow from it, and the actions its state allows. */
export interface OrderView {
  id: string;
  number: string;
  state: string;
  placed_at: string;
  is_placed: boolean;
  channel_id: string;
  channel_name: string;
  external_id: string;
  external_number: string;
  source_version: string;
  customer_id: string;
  buyer: Buyer;
  billing_address: Address;
  shipping_address: Address;
  currency: string;
  prices_include_vat: boolean;
  lines: readonly OrderLineView[];
  charges: readonly ChargeView[];
  coupons: readonly Coupon[];
  vat_breakdown: readonly VatLine[];
  total_without_vat: string;
  vat_amount: string;
  total_with_vat: string;
  rounding_amount: string;
  paid_total: string;
  is_paid: boolean;
  payment_method: string;
  payment_gateway: string;
  payment_fee: string | null;
  warehouse_ids: readonly string[];
  hold_reasons: readonly string[];
  held_from: string;
  attention: readonly string[];
  delivery_count: number;
  shipments: readonly Shipment[];
  refunds: readonly Refund[];
  note: string;
  is_sample: boolean;
  updated_at: string | null;
  version: number;
  customer_name: string;
  deliveries: readonly Delivery[];
  refunded_total: string;
  is_backordered: boolean;
  allowed_actions: readonly string[];
}

/** A plan instead of the present one, with more seats, as the company itself could choose; `free` for who pays nothing. */
export interface OtherPlan {
  plan: string;
  extra_seats?: number;
  reason: string;
}

/** A unit of the article besides its base unit, which it holds `quantity` of. */
export interface Pack {
  unit_code: string;
  quantity: string;
}

/** Closes the parcels. With `allow_short` what was not found stays reserved for the order, for a later delivery. */
export interface PackInput {
  parcels?: readonly ParcelSize[];
  allow_short?: boolean;
}

/** A payment and what of the document it settles. */
export interface PaidBy {
  payment_id: string;
  number: string;
  amount: string;
  paid_on: string;
}

/** A document on paper: what it is of (`subject_kind`, `subject_id` and, where the subject has several, `part_id`), at which version of it, and its files. `source_sha256` names the sheet it was drawn from. */
export interface Paper {
  id: string;
  version: number;
  paper_kind: string;
  subject_kind: string;
  subject_id: string;
  part_id: string;
  subject_version: number;
  number: string;
  locale: string;
  source_sha256: string;
  files: readonly PaperFile[];
  made_at: string;
}

/** One file of a paper: its format (pdf, cii, ubl), the digest of its bytes, which also names it in the bucket. */
export interface PaperFile {
  format: string;
  file_name: string;
  size_bytes: number;
  sha256: string;
}

export interface PaperRow {
  id: string;
  kind: string;
  version: number;
  paper_kind: string;
  subject_kind: string;
  subject_id: string;
  part_id: string;
  number: string;
  formats: readonly string[];
  locale: string;
  made_at: string;
}

/** A parcel of a delivery. `sscc` is its serial shipping container code (GS1, AI 00) when we numbered it ourselves. A parcel without a tracking status was not handed over yet, or is not tracked. */
export interface Parcel {
  number: number;
  lines: readonly ParcelLine[];
  weight_grams: number;
  length_mm: number;
  width_mm: number;
  height_mm: number;
  sscc: string;
  label: Label | null;
  tracking_number: string;
  tracking_url: string;
  status: string;
  status_at: string | null;
  tracking_events: readonly TrackingEvent[];
}

export interface ParcelLine {
  line_id: string;
  sku: string;
  quantity: string;
}

/** Weight and outer size of a packed parcel; a weight of 0 is what its articles weigh. */
export interface ParcelSize {
  number: number;
  weight_grams?: number;
  length_mm?: number;
  width_mm?: number;
  height_mm?: number;
}

/** Seller or buyer as they were on the day of issue (EN 16931 BG-4, BG-7). */
export interface Party {
  name: string;
  company_name: string;
  siren: string;
  siret: string;
  vat_number: string;
  email: string;
  phone: string;
  address: Address;
  legal_form: string;
  share_capital: string | null;
  rcs_city: string;
  iban: string;
}

export interface PartyBalance {
  party_id: string;
  party_name: string;
  debit: string;
  credit: string;
  balance: string;
}

/** The customers or suppliers of an account; their balances add up to the account's. */
export interface PartyBalances {
  fiscal_year: string;
  account: string;
  currency: string;
  rows: readonly PartyBalance[];
}

/** Seller or buyer as they were on the day of issue (EN 16931 BG-4, BG-7). */
export interface PartyInput {
  name?: string;
  company_name?: string;
  siren?: string;
  siret?: string;
  vat_number?: string;
  email?: string;
  phone?: string;
  address?: AddressInput;
  legal_form?: string;
  share_capital?: number | string | null;
  rcs_city?: string;
  iban?: string;
}

/** What `navigator.credentials.get` answered, as JSON (WebAuthn Level 3, AuthenticationResponseJSON). */
export interface PasskeyAnswer {
  token: string;
  credential: Readonly<Record<string, unknown>>;
  tenant_id?: string;
}

export interface PasskeyName {
  name: string;
}

export interface PasskeyProof {
  token: string;
  credential: Readonly<Record<string, unknown>>;
}

/** One of the caller's passkeys. `is_synced`: its provider keeps it on several devices. */
export interface PasskeyView {
  id: string;
  version: number;
  name: string;
  is_synced: boolean;
  created_at: string;
  last_used_at: string | null;
}

export interface PasswordAgain {
  password: string;
}

export interface PasswordAndCode {
  password: string;
  code?: string;
}

export interface PasswordChange {
  current_password: string;
  password: string;
}

export interface PaymentRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  state: string;
  direction: string;
  method: string;
  gateway: string;
  amount: string;
  unallocated: string;
  currency: string;
  paid_on: string;
  party_name: string;
  order_number: string;
  reference: string;
  payout_state: string;
  in_transit: string;
}

/** Fees agreed with providers, for payments whose shop does not tell the fee. */
export interface PaymentSettings {
  id: string;
  version: number;
  fee_rules: readonly FeeRule[];
}

/** The fees agreed with providers. */
export interface PaymentSettingsBody {
  fee_rules?: readonly FeeRuleInput[];
}

/** A payment with what is left of it and what can be done with it. */
export interface PaymentView {
  id: string;
  version: number;
  number: string;
  state: string;
  direction: string;
  method: string;
  gateway: string;
  external_id: string;
  amount: string;
  fee: string;
  currency: string;
  own_amount: string | null;
  own_fee: string | null;
  exchange_rate: string | null;
  exchange_rate_on: string | null;
  exchange_rate_source: string;
  paid_on: string;
  customer_id: string;
  party_id: string;
  party_name: string;
  channel_id: string;
  order_id: string;
  order_number: string;
  reference: string;
  note: string;
  account: string;
  entry_id: string;
  entry_line: number;
  reversal_id: string;
  exchange_entry_ids: readonly string[];
  payout_id: string;
  payout_number: string;
  payout_state: string;
  in_transit: string;
  allocations: readonly Allocation[];
  unallocated: string;
  created_at: string;
  created_by: string;
  allowed_actions: readonly string[];
}

/** A payment that the payout brought to the bank: `amount` stood with the provider, below zero of a refund; `fee` is what it kept of it at the payout. */
export interface PayoutLine {
  payment_id: string;
  number: string;
  order_number: string;
  channel_id: string;
  customer_id: string;
  amount: string;
  fee: string;
}

/** A payment of the payout, with what was kept of it when the provider's statement tells it. */
export interface PayoutPayment {
  payment_id: string;
  fee?: number | string | null;
}

export interface PayoutRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  state: string;
  method: string;
  gateway: string;
  external_id: string;
  paid_on: string;
  currency: string;
  gross: string;
  fee: string;
  net: string;
  payment_count: number;
  reference: string;
}

/** A payout with what can be done with it. */
export interface PayoutView {
  id: string;
  version: number;
  number: string;
  state: string;
  method: string;
  gateway: string;
  external_id: string;
  paid_on: string;
  currency: string;
  gross: string;
  fee: string;
  net: string;
  exchange_difference: string;
  account: string;
  transit_account: string;
  lines: readonly PayoutLine[];
  reference: string;
  note: string;
  entry_id: string;
  reversal_id: string;
  created_at: string;
  created_by: string;
  allowed_actions: readonly string[];
}

/** A parcel that left and is in no invoice yet. */
export interface PendingShipment {
  shipment_id: string;
  shipped_at: string;
}

/** Every permission with its labels by language, each role with the permissions it holds, and those that a key of the role can have. */
export interface PermissionsView {
  permissions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  roles: Readonly<Record<string, readonly string[]>>;
  for_keys: Readonly<Record<string, readonly string[]>>;
}

/** `quantity` of a stocked SKU to fetch from a place, for a line of the order. */
export interface Pick {
  line_id: string;
  sku: string;
  name: string;
  unit_code: string;
  quantity: string;
  warehouse_id: string;
  location: string;
  lot_number: string;
}

/** Everything that is left goes into a parcel, without being scanned. */
export interface PickAll {
  parcel_number?: number;
}

/** Where a balance is: a warehouse, a location in it ("" when it has none) and a lot ("" when not tracked). */
export interface Place {
  warehouse_id: string;
  location: string;
  lot_number: string;
}

/** An order as a person on the phone, a program or a channel states it. `state` is draft (nothing reserved), pending (reserved, not yet paid) or confirmed. `shortage` says what happens when stock is short: `backorder` keeps the rest open, `refuse` refuses the whole order. `paid_total` None means that our own total is what is owed. `allowance` is a reduction of the whole order, spread over its lines. */
export interface PlaceOrder {
  lines: readonly NewLine[];
  charges?: readonly NewCharge[];
  coupons?: readonly CouponInput[];
  allowance?: number | string;
  state?: string;
  shortage?: string;
  channel_id?: string;
  channel_name?: string;
  external_id?: string;
  external_number?: string;
  source_version?: string;
  placed_at?: string | null;
  customer_id?: string;
  buyer?: BuyerInput;
  billing_address?: AddressInput;
  shipping_address?: AddressInput;
  currency?: string;
  prices_include_vat?: boolean;
  paid_total?: number | string | null;
  is_paid?: boolean;
  payment_method?: string;
  payment_gateway?: string;
  payment_fee?: number | string | null;
  warehouse_ids?: readonly string[];
  attention?: readonly string[];
  note?: string;
}

/** A plan on offer: prices in euros a month without VAT, and what it has. `extra_order` None: no more than `orders`. */
export interface PlanView {
  id: string;
  currency: string;
  price: string;
  seats: number;
  orders: number;
  channels: number;
  storage_bytes: number;
  extra_seat: string | null;
  extra_order: string | null;
}

/** What the service measured of itself; `usd_per_order` is the table's and the gateway's share of an order at the prices of `prices_of`, None where no order was placed. */
export interface PlatformFigures {
  at: string;
  hours: number;
  series: readonly FigureSeries[];
  usd_per_order: string | null;
  prices_of: string;
}

/** The platform's queues, and how many tenants have trouble. */
export interface PlatformHealth {
  queues: readonly QueueHealth[];
  tenants: number;
  tenants_in_trouble: number;
}

/** A platform that can be connected. Without webhooks its orders are polled, and it may send pings. */
export interface PlatformView {
  platform: string;
  has_webhooks: boolean;
  credentials: readonly CredentialAsked[];
}

/** Where on Stripe's page to begin: "" for its front, `payment_method_update`, `subscription_cancel`. */
export interface PortalRequest {
  flow?: string;
}

/** EN 16931 BG-5, the seller's postal address. */
export interface PostalAddress {
  street: string;
  additional_street: string;
  postal_code: string;
  city: string;
  country_code: string;
}

/** EN 16931 BG-5, the seller's postal address. */
export interface PostalAddressInput {
  street?: string;
  additional_street?: string;
  postal_code?: string;
  city?: string;
  country_code?: string;
}

/** How a line or the VAT of a rate (`line_id` is then "") is posted: the rule of today's table that chooses its account, and `is_posted` whether the invoice's entry has that account; the table may have changed since. */
export interface PostedLine {
  line_id: string;
  name: string;
  amount: string;
  choice: Choice;
  is_posted: boolean;
}

/** What was found, fatal first; `can_be_issued` when nothing fatal was. */
export interface Preflight {
  findings: readonly WordedFinding[];
  can_be_issued: boolean;
}

/** No lines means all that is reserved and in no delivery yet; a warehouse restricts it to what is reserved there. */
export interface PrepareDeliveries {
  lines?: readonly LineQuantity[];
  warehouse_id?: string;
}

/** What an erasure would do, and what stands in its way. */
export interface Preview {
  subject_id: string;
  name: string;
  findings: readonly chalicelib__leaving__forgetting__Finding[];
  obstacles: readonly string[];
  pseudonym: string;
}

export interface PreviewLine {
  text: string;
  amount: string;
}

export interface PriceChanges {
  prices: readonly SkuEntries[];
}

/** `price` of one base unit from `min_quantity` on, in one list, between two dates (both included). */
export interface PriceEntry {
  price_list_id: string;
  price: string;
  min_quantity: string;
  valid_from: string | null;
  valid_to: string | null;
}

/** A price with every entry that was considered; no list when none applies. */
export interface PriceExplanation {
  value: string;
  unit: string;
  formula: string;
  inputs: readonly ExplainedRow[];
  steps: readonly ExplainedRow[];
  price_list_id: string | null;
  prices_include_vat: boolean | null;
  considered: readonly chalicelib__pricing__applicable__Considered[];
}

/** A file as text or in base64, with the columns sku, price and, if wanted, min_quantity, valid_from, valid_to. */
export interface PriceFile {
  text?: string;
  content_base64?: string;
  delimiter?: string;
  file_name?: string;
  dry_run?: boolean;
}

/** Prices for the channels named, or for all when none is. Of two lists that fit, the one with more `priority` wins. `valid_from` and `valid_to` are business dates of the tenant, both included. `prices_include_vat` anchors the list: with it, what is written is what the customer pays; without it, VAT comes on top. */
export interface PriceList {
  id: string;
  name: string;
  currency: string;
  prices_include_vat: boolean;
  channel_ids: readonly string[];
  priority: number;
  valid_from: string | null;
  valid_to: string | null;
  is_active: boolean;
  created_at: string | null;
  updated_at: string | null;
  version: number;
}

/** What a person can say of a price list; without a currency it has the tenant's. */
export interface PriceListBody {
  name: string;
  currency?: string;
  prices_include_vat?: boolean;
  channel_ids?: readonly string[];
  priority?: number;
  valid_from?: string | null;
  valid_to?: string | null;
  is_active?: boolean;
}

export interface PriceListRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  currency: string;
  prices_include_vat: boolean;
  priority: number;
  channel_count: number;
  is_active: boolean;
  valid_from: string;
  valid_to: string;
}

/** How many SKUs changed, and how many had these prices already. */
export interface PricesSet {
  changed: number;
  unchanged: number;
}

/** One thing wrong with a piece of input: where (`path`, or `line` and `column` of a file) and why. */
export interface Problem {
  code: string;
  detail: string;
  path?: string;
  line?: number | null;
  column?: string | null;
}

export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  fields?: Readonly<Record<string, string>>;
  facts?: Readonly<Record<string, unknown>>;
}

export interface ProductChange {
  name: string;
  description?: string;
  brand?: string;
  category?: string;
  product_family?: string;
  is_active?: boolean;
}

/** Articles that are accounted for alike; `purpose` says whether they are bought goods, made products or services. */
export interface ProductFamily {
  code: string;
  name: string;
  name_en: string;
  purpose: string;
}

/** Articles that are accounted for alike; `purpose` says whether they are bought goods, made products or services. */
export interface ProductFamilyInput {
  code: string;
  name: string;
  name_en?: string;
  purpose?: string;
}

export interface ProductRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  brand: string;
  category: string;
  product_family: string;
  variant_count: number;
  is_active: boolean;
  picture: string;
}

/** A product with its variants. */
export interface ProductView {
  id: string;
  name: string;
  description: string;
  brand: string;
  category: string;
  product_family: string;
  axes: readonly string[];
  media: readonly Media[];
  variant_ids: readonly string[];
  is_active: boolean;
  created_at: string | null;
  updated_at: string | null;
  version: number;
  variants: readonly Variant[];
}

/** How far a job is: rows a second since it began, and the seconds that are left at that rate (None while unknown). */
export interface Progress {
  total: number;
  done: number;
  rate_per_second: number | null;
  remaining_seconds: number | null;
}

/** Stands for password and code once. */
export interface ProofView {
  proof: string;
}

/** Takes goods out of a parcel again. */
export interface PutBack {
  parcel_number: number;
  sku: string;
  quantity: number | string;
}

/** A queue: messages that wait or are worked on, and those that were given up, about. */
export interface QueueHealth {
  id: string;
  waiting: number;
  dead_letters: number;
}

/** `quantity` is in `unit_code`, any unit of the variant; "" is its base unit. A `gtin` stands for a SKU and unit. `cost_per` says whether `unit_cost` is that of the base unit (`base`) or of the line's own (`unit`). */
export interface ReceiptLine {
  sku?: string;
  gtin?: string;
  quantity: number | string;
  unit_code?: string;
  unit_cost: number | string;
  cost_per?: string;
  location?: string;
  lot_number?: string;
}

/** Revenue of the reports and of class 70 of the books, in the company's currency. `documents` are the differing ones, the largest first, at most 500 of `differing`; `entries_behind` are posted and not counted yet. */
export interface Reconciliation {
  first: string;
  last: string;
  currency: string;
  reported: string;
  booked: string;
  difference: string;
  is_equal: boolean;
  entries_behind: number;
  differing: number;
  documents: readonly DifferingDocument[];
}

/** Everything that failed since this instant (ISO 8601, with its zone) is sent again. */
export interface Recover {
  since: string;
}

/** What failed since then is being sent again. */
export interface RecoveryView {
  endpoint_id: string;
  since: string;
}

/** Where at Stripe to go on. */
export interface Redirect {
  url: string;
}

/** An earlier document this one is about (BG-3). */
export interface Reference {
  invoice_id: string;
  number: string;
  issue_date: string | null;
}

/** Money back. Without lines it is an amount alone. */
export interface Refund {
  id: string;
  amount: string;
  reason: string;
  refunded_at: string;
  external_id: string;
  lines: readonly ShippedLine[];
}

export interface RefundOrder {
  amount: number | string;
  reason?: string;
  external_id?: string;
  lines?: readonly LineQuantity[];
}

export interface Refusal {
  code: string;
  detail: string;
}

/** A report in one currency; `currencies` are those in which there is anything. `more_rows` were left off. */
export interface Report {
  first: string;
  last: string;
  compared_first: string | null;
  compared_last: string | null;
  group_by: string;
  currency: string;
  currencies: readonly string[];
  units: Readonly<Record<string, string>>;
  totals: Readonly<Record<string, string | null>>;
  totals_before: Readonly<Record<string, string | null>> | null;
  rows: readonly ReportRow[];
  more_rows: number;
  split_by: string;
  series: readonly ReportSeries[];
}

/** A day, week or month (`key` is its first day, `label` empty), or a member of a dimension with its name. `first` and `last` are the days it tells of; `key_before` names what it is compared with. */
export interface ReportRow {
  key: string;
  label: string;
  first: string;
  last: string;
  values: Readonly<Record<string, string | null>>;
  key_before: string;
  values_before: Readonly<Record<string, string | null>> | null;
}

/** A report that goes out by itself at `hour` of the company's clock: daily, on Mondays or on the first of the month, each time for the last finished day, week or month. `recipients` are users; no `measures` means the usual ones. */
export interface ReportSchedule {
  id: string;
  name: string;
  frequency: string;
  group_by: string;
  measures: readonly string[];
  hour: number;
  recipients: readonly string[];
  is_active: boolean;
  next_at: string | null;
  last_sent_at: string | null;
  created_at: string;
  version: number;
}

/** Without `recipients` it goes to whoever says it. */
export interface ReportScheduleBody {
  name: string;
  frequency?: string;
  group_by?: string;
  measures?: readonly string[];
  hour?: number;
  recipients?: readonly string[];
  is_active?: boolean;
}

export interface ReportScheduleRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  frequency: string;
  group_by: string;
  hour: number;
  recipient_count: number;
  is_active: boolean;
  next_at: string | null;
}

/** One member's numbers, one for each row, by measure; the key is empty for all other members together. */
export interface ReportSeries {
  key: string;
  label: string;
  values: Readonly<Record<string, readonly (string | null)[]>>;
}

/** `confirm` is the company's name, typed. */
export interface RequestClosure {
  confirm: string;
}

/** A request of one of the company's API keys: `path` is the operation's, `milliseconds` what it took here. */
export interface RequestRow {
  id: string;
  kind: string;
  version: number;
  at: string;
  method: string;
  path: string;
  status: number;
  milliseconds: number;
  request_id: string;
  key_id: string;
  key_name: string;
}

/** So much promised from a warehouse; `sku` is "" when it is the line's own, else a kit's component. `delivery_id` names the delivery that is being prepared of it, "" when none is. */
export interface Reserved {
  warehouse_id: string;
  quantity: string;
  sku: string;
  location: string;
  lot_number: string;
  delivery_id: string;
}

export interface ResetRequest {
  email: string;
}

/** When the reversal is dated (today when not said) and what it is called. */
export interface ReverseEntry {
  entry_date?: string | null;
  label?: string;
}

/** Why it is taken back (a cheque bounced), and when: today when not said. */
export interface ReversePayment {
  reason: string;
  on?: string | null;
}

/** A role as it shall be. One of the two names is enough: it then stands for both. */
export interface RoleBody {
  name_fr?: string;
  name_en?: string;
  description?: string;
  permissions: readonly string[];
}

/** The same with who has it: users, open invitations and API keys; of a role of the tenant's own. */
export interface RoleDetail {
  role: string;
  version: number;
  is_builtin: boolean;
  en: string;
  fr: string;
  description: string;
  permissions: readonly string[];
  for_keys: readonly string[];
  is_grantable: boolean;
  holder_count: number | null;
  holders: readonly Holder[];
}

/** What a role of the tenant's own is called and may do. */
export interface RoleGrant {
  name_fr: string;
  name_en: string;
  permissions: readonly string[];
}

/** A role with its labels, what it may do, and what an API key of it may. `is_grantable` says that the caller may give it; `holder_count` how many have it, None for a built-in one. */
export interface RoleView {
  role: string;
  version: number;
  is_builtin: boolean;
  en: string;
  fr: string;
  description: string;
  permissions: readonly string[];
  for_keys: readonly string[];
  is_grantable: boolean;
  holder_count: number | null;
}

/** Which generation of the roll-ups is read, since when, and whether another is being built. */
export interface RollUpView {
  generation: number;
  is_building: boolean;
  job_id: string;
  rebuilt_at: string | null;
}

/** How long the former secret is good besides the new one, 0 to 168 hours. */
export interface RotateApiKey {
  overlap_hours?: number;
}

/** `created_at` and `shipped_at` are instants, the second "" before it left. */
export interface SalesDeliveryRow {
  id: string;
  kind: string;
  version: number;
  number: string;
  state: string;
  order_id: string;
  order_number: string;
  warehouse_id: string;
  customer_name: string;
  channel_id: string;
  channel_name: string;
  created_at: string;
  shipped_at: string;
  carrier_name: string;
  parcel_count: number;
  tracking_number: string;
  tracking_status: string;
}

/** A delivery with what is left to pack, where it comes from and goes to, whether customs are told (`…/customs`), the customer's link, and the actions its state allows. */
export interface SalesDeliveryView {
  id: string;
  number: string;
  state: string;
  order_id: string;
  order_number: string;
  warehouse_id: string;
  created_at: string;
  channel_id: string;
  channel_name: string;
  customer_name: string;
  lines: readonly DeliveryLine[];
  picks: readonly Pick[];
  parcels: readonly Parcel[];
  carrier_id: string;
  carrier_name: string;
  service_code: string;
  shipped_at: string | null;
  delivered_at: string | null;
  next_tracking_at: string | null;
  by_channel: boolean;
  version: number;
  left: readonly LeftToPack[];
  warehouse_name: string;
  shipping_address: Address;
  is_declared: boolean;
  order_state: string;
  order_note: string;
  current_status: string;
  tracking_page_url: string;
  allowed_actions: readonly string[];
}

/** What of this company is sample data: every document of it by its id. It is what makes them samples, so what stands here is what is wiped, and nothing else. `is_used` names those that stayed because documents of the company's own are about them: they are the company's from then on. */
export interface Sample {
  id: string;
  version: number;
  state: string;
  job_id: string;
  price_list_ids: readonly string[];
  product_ids: readonly string[];
  customer_ids: readonly string[];
  operation_ids: readonly string[];
  order_ids: readonly string[];
}

/** What the scanner read: a GTIN of the article or of one of its packs, or a SKU. `quantity` of that go into the parcel. */
export interface Scan {
  code: string;
  quantity?: number | string;
  parcel_number?: number;
}

/** What a GTIN stands for: a SKU, in the base unit or as a pack of `factor` base units. */
export interface ScannedItem {
  gtin: string;
  sku: string;
  name: string;
  unit_code: string;
  factor: string;
  base_unit_code: string;
}

/** A chronological sequence of numbers for some kinds of document. `prefix` may hold `{year}`, the year of issue: then every year begins at 1. `journal` is where its invoices are posted; `channel_ids` are the channels it serves, none for the rest. */
export interface Series {
  id: string;
  type_codes: readonly string[];
  prefix: string;
  digits: number;
  journal: string;
  channel_ids: readonly string[];
  is_active: boolean;
}

/** A chronological sequence of numbers for some kinds of document. `prefix` may hold `{year}`, the year of issue: then every year begins at 1. `journal` is where its invoices are posted; `channel_ids` are the channels it serves, none for the rest. */
export interface SeriesInput {
  id: string;
  type_codes: readonly string[];
  prefix: string;
  digits?: number;
  journal?: string;
  channel_ids?: readonly string[];
  is_active?: boolean;
}

/** The operations page of one company, at an instant; lag of the last `hours`. */
export interface ServiceFigures {
  at: string;
  hours: number;
  shops: readonly ShopFigures[];
  waiting: readonly Waiting[];
  jobs: readonly JobFigure[];
  failed_events: readonly FailedEvent[];
}

export interface SessionActor {
  kind: string;
  id: string;
  name: string;
}

export interface SessionCompany {
  legal_name: string;
  trade_name: string;
}

/** What this installation offers besides. */
export interface SessionFeatures {
  dev_mail: boolean;
  loopback_connections: boolean;
}

/** Three ways to go on: `email` and `password` (and `tenant_id`, to enter a certain one of several); the `challenge` of an answer `totp_required` with a `code`; the `challenge` of `tenant_required` with a `tenant_id`. */
export interface SessionRequest {
  email?: string;
  password?: string;
  tenant_id?: string;
  challenge?: string;
  code?: string;
}

/** That an operator of the platform is inside, by whose consent, until when, and whether they may change anything. */
export interface SessionSupport {
  access_id: string;
  operator_name: string;
  consented_by: string;
  ends_at: string;
  may_write: boolean;
}

/** The tenant as its people know it. */
export interface SessionTenant {
  id: string;
  name: string;
  status: string;
  locale: string;
  time_zone: string;
  currency: string;
  country_code: string;
  environment: string;
  requests_per_minute: number;
  standing: chalicelib__kernel__standing__Standing;
  created_at: string;
}

/** The person who is signed in. */
export interface SessionUser {
  id: string;
  name: string;
  email: string;
  totp_enabled: boolean;
  passkey_count: number;
  warehouse_ids: readonly string[];
  channel_ids: readonly string[];
}

/** The same for whoever calls, with the company. */
export interface SessionView {
  status: "signed_in";
  csrf_token: string | null;
  role: string | null;
  role_names: Readonly<Record<string, string>> | null;
  user: SessionUser | null;
  tenant: SessionTenant;
  permissions: readonly string[];
  locale: string;
  support: SessionSupport | null;
  support_requests: number;
  features: SessionFeatures;
  actor: SessionActor;
  company: SessionCompany;
}

/** How a switch shall stand: on for all, off for all, or on for the tenants named. */
export interface SetSwitch {
  mode: string;
  tenant_ids?: readonly string[];
}

/** A parcel's tracking number, typed by hand. */
export interface SetTracking {
  parcel_number?: number;
  tracking_number: string;
  tracking_url?: string;
  carrier_name?: string;
}

/** The settings as they shall be. */
export interface SettingsBody {
  policy?: string;
  customer_rule?: string;
  payment_terms_days?: number;
  late_interest_rate?: number | string | null;
  early_payment_discount?: string;
  vat_on_debits?: boolean;
  hold_above_credit_limit?: boolean;
  einvoicing_from?: string | null;
  channels?: readonly ChannelRuleInput[];
  series?: readonly SeriesInput[];
}

/** The settings, as they hold when nobody ever changed them too. */
export interface SettingsView {
  id: string;
  version: number;
  policy: string;
  customer_rule: string;
  payment_terms_days: number;
  late_interest_rate: string | null;
  early_payment_discount: string;
  vat_on_debits: boolean;
  hold_above_credit_limit: boolean;
  einvoicing_from: string | null;
  channels: readonly ChannelRule[];
  series: readonly Series[];
}

/** A payment and what of the document it settles, in the document's currency; `own_amount` is what that part stood at in the company's, of a document in another. */
export interface SettledBy {
  payment_id: string;
  number: string;
  amount: string;
  own_amount: string | null;
  paid_on: string;
}

/** Carrier and tracking number of a delivery that has no label of its own. */
export interface ShipDelivery {
  carrier?: string;
  tracking_number?: string;
  tracking_url?: string;
}

/** Orders to ship whole, each with its tracking. */
export interface ShipMany {
  orders: readonly ShipOne[];
}

export interface ShipOne {
  order_id: string;
  carrier?: string;
  tracking_number?: string;
  tracking_url?: string;
}

/** No lines means all that is reserved; a warehouse restricts it to what is reserved there. */
export interface ShipOrder {
  lines?: readonly LineQuantity[];
  warehouse_id?: string;
  carrier?: string;
  tracking_number?: string;
  tracking_url?: string;
}

/** What left of the order with a delivery (`id` is its number), and what it was worth. How it travels stands there. */
export interface Shipment {
  id: string;
  delivery_id: string;
  shipped_at: string;
  lines: readonly ShippedLine[];
  by_channel: boolean;
}

/** What of a shipped line left one warehouse: units of the line, and what the goods were worth. The units of a kit stand with the warehouse that gave its first component. */
export interface ShippedFrom {
  warehouse_id: string;
  quantity: string;
  cost?: string | null;
}

/** `cost` is what the goods were worth when they left, in the company's currency; None where it was not kept. */
export interface ShippedLine {
  line_id: string;
  quantity: string;
  cost?: string | null;
  warehouses: readonly ShippedFrom[];
}

/** An order that was shipped whole, and its state now. */
export interface ShippedOrder {
  order_id: string;
  number: string;
  state: string;
}

/** One shop: how long its orders take to be here, and changes of stock to be shown there; what waits for it. */
export interface ShopFigures {
  connection_id: string;
  name: string;
  platform: string;
  state: string;
  webhooks: Lag;
  pushes: Lag;
  webhook_slots: readonly LagSlot[];
  push_slots: readonly LagSlot[];
  changes_waiting: number;
  errands_waiting: number;
  failure_count: number;
  last_error_code: string;
  left_alone_until: string | null;
}

/** Something to put right on the shop: a stable code with its parameters, for those who have words of their own for it, and the shop's own sentence. */
export interface ShopFinding {
  code: string;
  message: string;
  parameters: Readonly<Record<string, string>>;
}

/** A rate the shop knows; `percent` 20 means 20 %. */
export interface ShopTaxRate {
  external_id: string;
  country_code: string;
  percent: string;
  name: string;
  tax_class: string;
}

/** One attempt to sign in, for the audit: who, when, from where, how it ended. */
export interface SignIn {
  id: string;
  version: number;
  user_id: string;
  user_name: string;
  at: string;
  source_ip: string;
  user_agent: string;
  outcome: string;
}

export interface SignInRow {
  id: string;
  kind: string;
  version: number;
  user_id: string;
  user_name: string;
  at: string;
  source_ip: string;
  user_agent: string;
  device: string;
  outcome: string;
}

/** `sign_up` names it, for asking that the mail be sent again. */
export interface SignUpAccepted {
  status: "accepted";
  sign_up: string;
}

export interface SignUpChoices {
  currencies: readonly string[];
  countries: readonly SignUpCountry[];
}

/** The password is a new one, or the existing one of somebody who belongs to another company already. */
export interface SignUpConfirmation {
  token: string;
  password: string;
}

/** What a company of a country can choose; `chart` "" where none exists. */
export interface SignUpCountry {
  country_code: string;
  chart: string;
  vat_regimes: readonly string[];
}

/** What the link of a sign-up's mail is about. `has_login`: the person has a password already and proves it by that. */
export interface SignUpFacts {
  company: string;
  email: string;
  name: string;
  locale: string;
  expires_at: string;
  has_login: boolean;
}

/** What the answer to a sign-up named it. */
export interface SignUpHandle {
  sign_up: string;
}

export interface SignUpToken {
  token: string;
}

/** Who came in. `csrf_token` goes back in `X-CSRF-Token` with every change; it is None for an API key. `support` is there when an operator is inside; `support_requests` is how many operators wait for an answer, for who may give it. */
export interface SignedInView {
  status: "signed_in";
  csrf_token: string | null;
  role: string | null;
  role_names: Readonly<Record<string, string>> | null;
  user: SessionUser | null;
  tenant: SessionTenant;
  permissions: readonly string[];
  locale: string;
  support: SessionSupport | null;
  support_requests: number;
  features: SessionFeatures;
}

/** The entries a SKU shall have in the list, instead of those it has; none removes it from the list. */
export interface SkuEntries {
  sku: string;
  entries: readonly EntryBody[];
}

/** What the guard of a SKU tells an order line at once. `packs` are its units besides the base unit. */
export interface SkuFacts {
  sku: string;
  variant_id: string;
  name: string;
  unit_code: string;
  vat_category: string;
  vat_rate: string;
  is_active: boolean;
  weight_grams: number;
  kit: readonly KitComponent[];
  packs: readonly UnitConversion[];
  reorder_minimum: string | null;
  product_family: string;
}

/** What of an order an invoice covers: its shipments, or what was ordered. */
export interface Source {
  order_id: string;
  number: string;
  external_number: string;
  placed_at: string | null;
  scope: string;
  shipment_ids: readonly string[];
}

/** That it is you: the `proof` of a passkey, or the password, with a code when one-time codes are on. */
export interface StepUp {
  password?: string;
  code?: string;
  proof?: string;
}

/** A connection's stock, a thousand SKUs at a time, and how many changes wait to be told. */
export interface StockPage {
  items: readonly StockShown[];
  waiting_count: number;
  cursor: string | null;
}

/** What a shop should show of a SKU, and whether it acknowledged the newest quantity. */
export interface StockShown {
  sku: string;
  external_id: string;
  parent_external_id: string;
  want_quantity: string;
  want_version: number;
  sent_version: number;
  sent_quantity: string | null;
  shown_quantity: string | null;
  fence: number;
  changed_at: string;
  sent_at: string | null;
  error_code: string;
  error_message: string;
  attempts: number;
  is_shown: boolean;
}

/** What a SKU's stock is worth over all warehouses, at its average cost, in the company's currency. */
export interface StockValue {
  quantity: string;
  value: string;
  unit_cost: string;
  currency: string;
}

/** Which scheduled report somebody gets no more; empty when it has ended meanwhile. */
export interface Stopped {
  name: string;
}

/** An invoice of ours to the tenant, with its pages at Stripe. */
export interface StripeInvoice {
  id: string;
  number: string;
  issued_at: string;
  state: string;
  currency: string;
  total_without_vat: string;
  total: string;
  amount_remaining: string;
  page_url: string;
  pdf_url: string;
}

/** How the subscription stands. `upcoming_state` follows at `upcoming_at` if nothing changes. `now` is the test clock's instant, on a laptop, and nothing elsewhere. `allowed_actions` are checkout, change, leave, resume, choose_free, portal. */
export interface SubscriptionView {
  id: string;
  version: number;
  state: string;
  plan: string;
  extra_seats: number;
  since: string;
  trial_ends_at: string;
  period_start: string | null;
  period_end: string | null;
  is_ending: boolean;
  follows_free: boolean;
  late_since: string | null;
  unpaid_url: string;
  reason: string;
  card: string;
  upcoming_state: string;
  upcoming_at: string | null;
  now: string | null;
  is_billing_on: boolean;
  test_clock_url: string;
  has_test_clock: boolean;
  counted_from: string;
  counted_until: string;
  usage: readonly chalicelib__subscriptions__answers__Used[];
  allowed_actions: readonly string[];
}

/** A request with what can be answered now. */
export interface SupportAccessView {
  id: string;
  version: number;
  state: string;
  reason: string;
  operator_id: string;
  operator_name: string;
  hours: number;
  wants_write: boolean;
  asked_at: string;
  ends_at: string;
  may_write: boolean;
  permissions: readonly string[];
  consented_by_id: string;
  consented_by: string;
  answered_at: string | null;
  closed_at: string | null;
  allowed_actions: readonly string[];
}

/** A request in the list. `ends_at` is until when it can be answered, or holds. */
export interface SupportRow {
  id: string;
  kind: string;
  version: number;
  state: string;
  reason: string;
  operator_name: string;
  asked_at: string;
  ends_at: string;
  wants_write: boolean;
  may_write: boolean;
  consented_by: string;
}

/** A feature switch with its words, how it stands, and whether it is only at its default. */
export interface SwitchView {
  id: string;
  version: number;
  words: Readonly<Record<string, string>>;
  by_tenant: boolean;
  mode: string;
  tenant_ids: readonly string[];
  is_default: boolean;
}

/** One poll, reconcile or import that did something: how much, and what went wrong. `ended_at` is None while it is at it. */
export interface SyncRun {
  id: string;
  version: number;
  connection_id: string;
  kind: string;
  started_at: string;
  ended_at: string | null;
  read_count: number;
  changed_count: number;
  problem_count: number;
  problem_code: string;
  problem: string;
  unknown_skus: readonly string[];
}

export interface SyncRunRow {
  id: string;
  kind: string;
  version: number;
  connection_id: string;
  started_at: string;
  ended_at: string | null;
  read_count: number;
  changed_count: number;
  problem_count: number;
  problem_code: string;
}

/** A VAT number, to stand on our invoices; "" takes it away. */
export interface TaxNumber {
  vat_number: string;
}

export interface TaxView {
  vat_number: string;
}

/** A customer of Comptoir. `owner_ids` is who holds the role owner, kept here so that taking it from the last one is refused in the same transaction, whoever else is changing roles; `roles` is what each role of the tenant's own may do, kept here because every request reads this document, as is `standing`, what the subscription lets it do; `environment` is live, test or demo; `requests_per_minute` is what operations granted beyond the plan, 0 for the plan's own. */
export interface Tenant {
  id: string;
  version: number;
  name: string;
  status: string;
  locale: string;
  time_zone: string;
  currency: string;
  country_code: string;
  environment: string;
  owner_ids: readonly string[];
  roles: Readonly<Record<string, RoleGrant>>;
  requests_per_minute: number;
  standing: chalicelib__kernel__standing__Standing;
  created_at: string;
}

export interface TenantChoice {
  id: string;
  name: string;
}

/** A tenant as the platform's list knows it: looked up every quarter of an hour, when somebody opens it, and after each act. `id` is the tenant's. */
export interface TenantFile {
  id: string;
  version: number;
  name: string;
  status: string;
  environment: string;
  country_code: string;
  locale: string;
  created_at: string;
  plan: string;
  state: string;
  access: string;
  is_held: boolean;
  trial_ends_at: string;
  users: number;
  invitations: number;
  usage: readonly chalicelib__operators__model__Used[];
  last_activity_at: string | null;
  health: TenantHealth;
  looked_at: string;
}

/** What is wrong with a tenant's work, from what is stored: numbers only. `connections_failing` of `connections`; deliveries in quarantine; pushes a shop refused; webhook endpoints that are off, and messages that wait; long work under way; fiscal years whose kept balances do not balance, and entries not yet counted; failures kept, and those whose message is a dead letter. */
export interface TenantHealth {
  connections: number;
  connections_failing: number;
  quarantined: number;
  pushes_failed: number;
  webhooks_off: number;
  webhooks_waiting: number;
  jobs_open: number;
  unbalanced_years: number;
  entries_uncounted: number;
  faults: number;
  dead_letters: number;
}

/** A tenant in the list; `state` is that of its subscription, or `held`. `problems` is how many kinds of trouble it has. */
export interface TenantRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  plan: string;
  state: string;
  environment: string;
  created_at: string;
  users: number;
  orders: number;
  orders_limit: number;
  problems: number;
  last_activity_at: string | null;
  looked_at: string;
}

/** A tenant looked up now: its file, the last failures of its work, the requests of operators to come in. */
export interface TenantView {
  file: TenantFile;
  faults: readonly Fault[];
  accesses: readonly SupportRow[];
  longest_trial: string;
  is_billing_on: boolean;
}

/** Until when the archive keeps so many documents; `destroyed_at` once their key is gone. */
export interface Term {
  until: string;
  count: number;
  destroyed_at: string | null;
}

/** What happened to a document: `type` is the event's, `data` its facts. */
export interface TimelineEntry {
  id: string;
  at: string;
  type: string;
  kind: string;
  entity_id: string;
  version: number;
  request_id: string;
  actor: EntryActor;
  data: Readonly<Record<string, unknown>>;
}

export interface TrackedDelivery {
  number: string;
  state: string;
  carrier: string;
  shipped_at: string | null;
  delivered_at: string | null;
  parcels: readonly TrackedParcel[];
}

export interface TrackedEvent {
  at: string;
  status: string;
  place: string;
}

/** What somebody sees who has the link. `company` is who sent it. */
export interface TrackedOrder {
  company: string;
  order_number: string;
  deliveries: readonly TrackedDelivery[];
}

export interface TrackedParcel {
  tracking_number: string;
  tracking_url: string;
  status: string;
  status_at: string | null;
  events: readonly TrackedEvent[];
}

/** Something a carrier reported of a parcel, under its normalised `status`; `code` and `text` are the carrier's own. */
export interface TrackingEvent {
  at: string;
  status: string;
  code: string;
  text: string;
  place: string;
}

export interface TransferLine {
  sku?: string;
  gtin?: string;
  quantity: number | string;
  unit_code?: string;
  location?: string;
  to_location?: string;
  lot_number?: string;
}

/** Opening balances, movements and closing balances by account; `result` is class 7 less class 6, profit above zero; `entries_behind` entries are posted but not counted yet. */
export interface TrialBalance {
  fiscal_year: string;
  first_month: string;
  last_month: string;
  currency: string;
  rows: readonly TrialLine[];
  opening_debit: string;
  opening_credit: string;
  debit: string;
  credit: string;
  result: string;
  entries_behind: number;
}

export interface TrialLine {
  account: string;
  name: string;
  name_en: string;
  has_auxiliary: boolean;
  opening_debit: string;
  opening_credit: string;
  debit: string;
  credit: string;
  closing_debit: string;
  closing_credit: string;
}

/** A pack: one `unit_code` (UN/ECE Rec 20) holds `quantity` base units; it may have a GTIN of its own. */
export interface UnitConversion {
  unit_code: string;
  quantity: string;
  gtin: string;
}

/** A pack: one `unit_code` (UN/ECE Rec 20) holds `quantity` base units; it may have a GTIN of its own. */
export interface UnitConversionInput {
  unit_code: string;
  quantity: number | string;
  gtin?: string;
}

/** An order that was not shipped, and why. */
export interface UnshippedOrder {
  order_id: string;
  error: Refusal;
}

/** A piece of the archive, numbered from 0, at most 4 MB, as base64. */
export interface UploadPart {
  number: number;
  content: string;
}

/** What of an upload is here: how many pieces in a row, and their bytes. */
export interface Uploaded {
  upload_id: string;
  part_count: number;
  size_bytes: number;
}

export interface UserRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  email: string;
  role: string;
  state: "active" | "disabled";
  totp_enabled: boolean;
  is_limited: boolean;
}

/** A user without the names of their credentials. */
export interface UserView {
  id: string;
  version: number;
  email: string;
  name: string;
  role: string;
  is_active: boolean;
  locale: string;
  warehouse_ids: readonly string[];
  channel_ids: readonly string[];
  totp_enabled: boolean;
  passkey_count: number;
  joined_at: string;
  last_sign_in_at: string | null;
}

/** A trade item (GS1): what is stocked, priced and ordered. Its SKU never changes. Weight is of one base unit. `reorder_minimum` is the quantity (base units, over all warehouses) at which stock counts as low; None never does. `product_name` and `product_family` are the product's, repeated here. */
export interface Variant {
  id: string;
  product_id: string;
  product_name: string;
  sku: string;
  axis_values: readonly string[];
  gtin: string;
  unit_code: string;
  conversions: readonly UnitConversion[];
  weight_grams: number;
  vat_category: string;
  vat_rate: string;
  kit_components: readonly KitComponent[];
  hs_code: string;
  country_of_origin: string;
  reorder_minimum: string | null;
  is_active: boolean;
  created_at: string | null;
  updated_at: string | null;
  product_family: string;
  version: number;
}

export interface VariantChange {
  gtin?: string;
  conversions?: readonly UnitConversionInput[];
  weight_grams?: number;
  vat_category?: string;
  vat_rate?: number | string;
  kit_components?: readonly KitComponentInput[];
  hs_code?: string;
  country_of_origin?: string;
  reorder_minimum?: number | string | null;
  is_active?: boolean;
}

export interface VariantRow {
  id: string;
  kind: string;
  version: number;
  sku: string;
  name: string;
  gtin: string;
  product_id: string;
  vat_rate: string;
  is_kit: boolean;
  is_active: boolean;
}

/** One row of a VAT breakdown: `taxable_amount` (BT-116) and `vat_amount` (BT-117) of a category and rate. */
export interface VatLine {
  vat_category: string;
  vat_rate: string;
  taxable_amount: string;
  vat_amount: string;
}

export interface VoidLabel {
  parcel_number: number;
}

/** What of one sort waits to be done: `put_aside` deliveries wait for a person, `webhooks` and `jobs` for their turn. Counted to a thousand. */
export interface Waiting {
  what: string;
  count: number;
  oldest_at: string | null;
}

/** A site that holds stock. `locations` are places in it; "" is the place of whatever has no location of its own. */
export interface Warehouse {
  id: string;
  code: string;
  name: string;
  address: string;
  locations: readonly string[];
  is_active: boolean;
  priority: number;
  created_at: string | null;
  version: number;
}

export interface WarehouseBody {
  code: string;
  name: string;
  address?: string;
  locations?: readonly string[];
  is_active?: boolean;
  priority?: number;
}

export interface WarehouseRow {
  id: string;
  kind: string;
  version: number;
  code: string;
  name: string;
  is_active: boolean;
  priority: number;
}

/** A warehouse's part of a level, with the warehouse's name. */
export interface WarehouseStock {
  warehouse_id: string;
  on_hand: string;
  reserved: string;
  available: string;
  incoming: string;
  warehouse_name: string;
}

export interface WebhookDeliveryRow {
  id: string;
  kind: string;
  version: number;
  connection_id: string;
  topic: string;
  delivery_id: string;
  external_id: string;
  state: string;
  received_at: string;
  outcome: string;
  order_id: string;
  problem_code: string;
  problem_message: string;
  attempts: number;
}

/** A delivery and the actions its state allows. */
export interface WebhookDeliveryView {
  id: string;
  version: number;
  connection_id: string;
  source: string;
  topic: string;
  delivery_id: string;
  external_id: string;
  body_hash: string;
  state: string;
  received_at: string;
  handled_at: string | null;
  attempts: number;
  order_id: string;
  outcome: string;
  problem_code: string;
  problem_message: string;
  problem_path: string;
  problem_parameters: Readonly<Record<string, string>>;
  unknown_skus: readonly string[];
  inbox_sort: string;
  allowed_actions: readonly string[];
}

export interface WebhookEndpointRow {
  id: string;
  kind: string;
  version: number;
  name: string;
  url: string;
  state: string;
  event_count: number;
  disabled_code: string;
  created_at: string;
  failing_since: string | null;
  last_success_at: string | null;
}

/** An endpoint without its secret. While `previous_until` is to come, messages are signed under the previous secret too. */
export interface WebhookEndpointView {
  id: string;
  version: number;
  name: string;
  url: string;
  event_types: readonly string[];
  state: string;
  disabled_code: string;
  disabled_at: string | null;
  previous_until: string | null;
  created_at: string;
  created_by: string;
  failing_since: string | null;
  paused_until: string | null;
  last_success_at: string | null;
  allowed_actions: readonly string[];
}

export interface WebhookMessageRow {
  id: string;
  kind: string;
  version: number;
  endpoint_id: string;
  event_type: string;
  subject_kind: string;
  subject_id: string;
  subject_number: string;
  state: string;
  code: string;
  status: number | null;
  attempt_count: number;
  created_at: string;
  next_attempt_at: string | null;
}

/** A message as it is sent, and every attempt at it: the last twenty, oldest first. */
export interface WebhookMessageView {
  id: string;
  version: number;
  endpoint_id: string;
  webhook_id: string;
  event_type: string;
  subject_kind: string;
  subject_id: string;
  subject_number: string;
  body: string;
  state: string;
  code: string;
  attempts: readonly Attempt[];
  attempt_count: number;
  next_attempt_at: string | null;
  created_at: string;
  settled_at: string | null;
  allowed_actions: readonly string[];
}

/** `keep_used` leaves, and gives to the company, what its own documents are about; without it they refuse the wipe. */
export interface WipeSample {
  keep_used?: boolean;
}

/** The same for a reader: what is wrong, and what to do about it, in their language. */
export interface WordedFinding {
  rule: string;
  code: string;
  field: string;
  terms: string;
  severity: string;
  params: Readonly<Record<string, string>>;
  message: string;
  fix: string;
}

/** How much waits, by kind, counted up to 1,000. */
export interface Work {
  ship: number;
  late: number;
  on_hold: number;
  backorder: number;
  pending: number;
  replenish: number;
  quarantine: number;
  push_failed: number;
}

/** Something that is not as it was sealed: `code` is altered (an hour's records are not those that were sealed), broken (a seal does not follow the one before) or unsealed (records stand where none were when the hour was passed). */
export interface chalicelib__audit__model__Finding {
  hour: string;
  code: string;
  sealed_count: number;
  found_count: number;
}

/** What became of a webhook at the door. */
export interface chalicelib__channels__routes__Received {
  status: string;
}

/** How an issued invoice or credit note stands: what of it was credited, deducted and paid. Beside the document, which never changes; its id is the document's. `paid_total` is what payments settle of it (of a credit note: what was given back), `refunded_total` what was given back of an invoice by the credit notes about it. `own_balance` is what the balance of one in another currency stands at in the company's books. */
export interface chalicelib__invoicing__standing__Standing {
  id: string;
  version: number;
  number: string;
  customer_id: string;
  customer_name: string;
  channel_id: string;
  type_code: string;
  currency: string;
  issue_date: string | null;
  due_date: string | null;
  total_without_vat: string;
  payable_amount: string;
  credited_total: string;
  deducted_total: string;
  paid_total: string;
  refunded_total: string;
  own_balance: string | null;
  payments: readonly SettledBy[];
  lines: readonly CreditedLine[];
  credit_note_ids: readonly string[];
}

/** `plan` is a row of the plans' table; `extra_seats` were bought besides its own. `orders_full_in` is the month (yyyy-mm, UTC) in which the plan's orders are used up and orders typed by hand are refused, "" when there is none; `is_late` that something is unpaid or ended; `is_held` that operators suspended it, whatever is paid. */
export interface chalicelib__kernel__standing__Standing {
  plan: string;
  access: "full" | "read_only" | "suspended";
  extra_seats: number;
  orders_full_in: string;
  is_late: boolean;
  is_held: boolean;
}

/** Documents of one kind: what becomes of them, on which ground, and until when they are kept (of what is). */
export interface chalicelib__leaving__forgetting__Finding {
  document_kind: string;
  outcome: string;
  count: number;
  until: string | null;
  ground: string;
}

/** A rule that fits, best first; `decided_by` is what of it was more exact than in the next one. */
export interface chalicelib__ledger__law__determination__Considered {
  rule: AccountRule;
  decided_by: string;
}

/** How much of something a tenant uses of how much its plan has. */
export interface chalicelib__operators__model__Used {
  what: string;
  used: number;
  limit: number;
}

/** One entry and what became of it: `won`, or the reason it did not. */
export interface chalicelib__pricing__applicable__Considered {
  price_list_id: string;
  price_list_name: string;
  price: string;
  min_quantity: string;
  valid_from: string | null;
  valid_to: string | null;
  verdict: string;
}

/** The body of an action that needs none. */
export type chalicelib__runtime__resources__Nothing = Readonly<Record<string, unknown>>;

/** How much of something is used of how much; beyond it more is billed, or refused. */
export interface chalicelib__subscriptions__answers__Used {
  what: string;
  used: number;
  limit: number;
  is_billed_beyond: boolean;
}

/** No more is asked. */
export type chalicelib__subscriptions__routes__Nothing = Readonly<Record<string, unknown>>;

export interface chalicelib__subscriptions__routes__Received {
  status: string;
}

/** What each operation takes and answers. */
export interface Operations {
  "GET /api/changes": {
    body: undefined;
    answer: {
      items: readonly Change[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/search": {
    body: undefined;
    answer: {
      items: readonly Found[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/timeline/{kind}/{document_id}": {
    body: undefined;
    answer: {
      items: readonly TimelineEntry[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/audit/records": {
    body: undefined;
    answer: {
      items: readonly AuditRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/audit/records/{record_id}": {
    body: undefined;
    answer: AuditRecord;
  };
  "GET /api/audit/exports/csv": {
    body: undefined;
    answer: string;
  };
  "GET /api/audit/exports/xlsx": {
    body: undefined;
    answer: string;
  };
  "GET /api/audit/export-jobs": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/audit/export-jobs": {
    body: ExportAudit;
    answer: JobView;
  };
  "GET /api/audit/export-jobs/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/audit/export-jobs/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/audit/export-jobs/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/audit/export-jobs/{job_id}/download": {
    body: undefined;
    answer: Download;
  };
  "GET /api/audit/check": {
    body: undefined;
    answer: Check;
  };
  "POST /api/tenants/passkeys/questions": {
    body: NoFacts;
    answer: Ceremony;
  };
  "POST /api/tenants/passkeys/sessions": {
    body: PasskeyAnswer;
    answer: AskedView | SignedInView;
  };
  "GET /api/tenants/passkeys": {
    body: undefined;
    answer: {
      items: readonly PasskeyView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/tenants/passkeys": {
    body: NewPasskey;
    answer: PasskeyView;
  };
  "POST /api/tenants/passkeys/registrations": {
    body: StepUp;
    answer: Ceremony;
  };
  "PUT /api/tenants/passkeys/{passkey_id}": {
    body: PasskeyName;
    answer: PasskeyView;
  };
  "POST /api/tenants/passkeys/{passkey_id}/remove": {
    body: StepUp;
    answer: undefined;
  };
  "POST /api/tenants/passkeys/proofs/questions": {
    body: NoFacts;
    answer: Ceremony;
  };
  "POST /api/tenants/passkeys/proofs": {
    body: PasskeyProof;
    answer: ProofView;
  };
  "POST /api/tenants/api-keys": {
    body: NewApiKey;
    answer: NewKeyView;
  };
  "GET /api/tenants/api-keys": {
    body: undefined;
    answer: {
      items: readonly ApiKeyRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/tenants/api-keys/{key_id}/rotate": {
    body: RotateApiKey;
    answer: NewKeyView;
  };
  "GET /api/tenants/users": {
    body: undefined;
    answer: {
      items: readonly UserRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/tenants/users/{document_id}": {
    body: undefined;
    answer: UserView;
  };
  "PUT /api/tenants/users/{document_id}": {
    body: ChangeUser;
    answer: UserView;
  };
  "GET /api/tenants/invitations": {
    body: undefined;
    answer: {
      items: readonly InvitationRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/tenants/invitations": {
    body: InviteUser;
    answer: InvitationView;
  };
  "GET /api/tenants/invitations/{document_id}": {
    body: undefined;
    answer: InvitationView;
  };
  "POST /api/tenants/invitations/{document_id}/resend": {
    body: chalicelib__runtime__resources__Nothing;
    answer: InvitationView;
  };
  "POST /api/tenants/invitations/{document_id}/revoke": {
    body: chalicelib__runtime__resources__Nothing;
    answer: InvitationView;
  };
  "GET /api/tenants/api-keys/{document_id}": {
    body: undefined;
    answer: ApiKeyView;
  };
  "POST /api/tenants/api-keys/{document_id}/revoke": {
    body: chalicelib__runtime__resources__Nothing;
    answer: ApiKeyView;
  };
  "GET /api/tenants/sign-ins": {
    body: undefined;
    answer: {
      items: readonly SignInRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/tenants/sign-ins/{document_id}": {
    body: undefined;
    answer: SignIn;
  };
  "POST /api/tenants/invitations/look-up": {
    body: InvitationToken;
    answer: InvitationFacts;
  };
  "POST /api/tenants/invitations/accept": {
    body: Acceptance;
    answer: AskedView | SignedInView | AskedView | JoinedView;
  };
  "GET /api/tenants/roles": {
    body: undefined;
    answer: {
      items: readonly RoleView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/tenants/roles": {
    body: RoleBody;
    answer: RoleDetail;
  };
  "GET /api/tenants/roles/{role_id}": {
    body: undefined;
    answer: RoleDetail;
  };
  "PUT /api/tenants/roles/{role_id}": {
    body: RoleBody;
    answer: RoleDetail;
  };
  "DELETE /api/tenants/roles/{role_id}": {
    body: undefined;
    answer: undefined;
  };
  "POST /api/tenants/sessions": {
    body: SessionRequest;
    answer: AskedView | SignedInView;
  };
  "GET /api/tenants/sessions": {
    body: undefined;
    answer: {
      items: readonly OpenSession[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/tenants/session": {
    body: undefined;
    answer: SessionView;
  };
  "DELETE /api/tenants/session": {
    body: undefined;
    answer: undefined;
  };
  "DELETE /api/tenants/sessions/{session_id}": {
    body: undefined;
    answer: undefined;
  };
  "POST /api/tenants/password-resets": {
    body: ResetRequest;
    answer: Accepted;
  };
  "POST /api/tenants/password-resets/confirm": {
    body: NewPassword;
    answer: undefined;
  };
  "PUT /api/tenants/password": {
    body: PasswordChange;
    answer: SignedInView;
  };
  "POST /api/tenants/totp": {
    body: PasswordAgain;
    answer: Enrolment;
  };
  "POST /api/tenants/totp/confirm": {
    body: EnrolmentCode;
    answer: undefined;
  };
  "POST /api/tenants/totp/disable": {
    body: PasswordAndCode;
    answer: undefined;
  };
  "GET /api/tenants/sign-ups/choices": {
    body: undefined;
    answer: SignUpChoices;
  };
  "POST /api/tenants/sign-ups": {
    body: NewSignUp;
    answer: SignUpAccepted;
  };
  "POST /api/tenants/sign-ups/resend": {
    body: SignUpHandle;
    answer: SignUpAccepted;
  };
  "POST /api/tenants/sign-ups/look-up": {
    body: SignUpToken;
    answer: SignUpFacts;
  };
  "POST /api/tenants/sign-ups/confirm": {
    body: SignUpConfirmation;
    answer: AskedView | SignedInView | AskedView | JoinedView;
  };
  "GET /api/tenants/support-accesses": {
    body: undefined;
    answer: {
      items: readonly SupportRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/tenants/support-accesses/{document_id}": {
    body: undefined;
    answer: SupportAccessView;
  };
  "POST /api/tenants/support-accesses/{document_id}/grant": {
    body: GrantSupport;
    answer: SupportAccessView;
  };
  "POST /api/tenants/support-accesses/{document_id}/refuse": {
    body: chalicelib__runtime__resources__Nothing;
    answer: SupportAccessView;
  };
  "POST /api/tenants/support-accesses/{document_id}/withdraw": {
    body: chalicelib__runtime__resources__Nothing;
    answer: SupportAccessView;
  };
  "GET /api/tenants/company": {
    body: undefined;
    answer: Company;
  };
  "PUT /api/tenants/company": {
    body: ChangeCompany;
    answer: Company;
  };
  "GET /api/tenants/settings": {
    body: undefined;
    answer: Tenant;
  };
  "PUT /api/tenants/settings": {
    body: ChangeSettings;
    answer: Tenant;
  };
  "GET /api/subscriptions/subscription": {
    body: undefined;
    answer: SubscriptionView;
  };
  "GET /api/subscriptions/costs": {
    body: undefined;
    answer: Costs;
  };
  "GET /api/subscriptions/plans": {
    body: undefined;
    answer: {
      items: readonly PlanView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/subscriptions/invoices": {
    body: undefined;
    answer: {
      items: readonly StripeInvoice[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/subscriptions/checkout-sessions": {
    body: ChoosePlan;
    answer: Redirect;
  };
  "POST /api/subscriptions/portal-sessions": {
    body: PortalRequest;
    answer: Redirect;
  };
  "POST /api/subscriptions/subscription/preview": {
    body: ChoosePlan;
    answer: ChangePreview;
  };
  "POST /api/subscriptions/subscription/change": {
    body: ChoosePlan;
    answer: SubscriptionView;
  };
  "POST /api/subscriptions/subscription/leave": {
    body: Leave;
    answer: SubscriptionView;
  };
  "POST /api/subscriptions/subscription/resume": {
    body: chalicelib__subscriptions__routes__Nothing;
    answer: SubscriptionView;
  };
  "POST /api/subscriptions/subscription/choose-free": {
    body: chalicelib__subscriptions__routes__Nothing;
    answer: SubscriptionView;
  };
  "GET /api/subscriptions/tax-number": {
    body: undefined;
    answer: TaxView;
  };
  "PUT /api/subscriptions/tax-number": {
    body: TaxNumber;
    answer: TaxView;
  };
  "POST /api/subscriptions/test-clock": {
    body: chalicelib__subscriptions__routes__Nothing;
    answer: Redirect;
  };
  "POST /api/subscriptions/webhooks": {
    body: Readonly<Record<string, unknown>>;
    answer: chalicelib__subscriptions__routes__Received;
  };
  "GET /api/webhooks/event-types": {
    body: undefined;
    answer: {
      items: readonly EventTypeView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/webhooks/endpoints": {
    body: EndpointBody;
    answer: NewSecretView;
  };
  "GET /api/webhooks/endpoints": {
    body: undefined;
    answer: {
      items: readonly WebhookEndpointRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/webhooks/endpoints/{endpoint_id}/rotate_secret": {
    body: chalicelib__runtime__resources__Nothing;
    answer: NewSecretView;
  };
  "POST /api/webhooks/endpoints/{endpoint_id}/ping": {
    body: chalicelib__runtime__resources__Nothing;
    answer: WebhookMessageView;
  };
  "POST /api/webhooks/endpoints/{endpoint_id}/recover": {
    body: Recover;
    answer: RecoveryView;
  };
  "GET /api/webhooks/endpoints/{document_id}": {
    body: undefined;
    answer: WebhookEndpointView;
  };
  "PUT /api/webhooks/endpoints/{document_id}": {
    body: EndpointBody;
    answer: WebhookEndpointView;
  };
  "DELETE /api/webhooks/endpoints/{document_id}": {
    body: undefined;
    answer: undefined;
  };
  "POST /api/webhooks/endpoints/{document_id}/disable": {
    body: chalicelib__runtime__resources__Nothing;
    answer: WebhookEndpointView;
  };
  "POST /api/webhooks/endpoints/{document_id}/enable": {
    body: chalicelib__runtime__resources__Nothing;
    answer: WebhookEndpointView;
  };
  "GET /api/webhooks/messages": {
    body: undefined;
    answer: {
      items: readonly WebhookMessageRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/webhooks/messages/{document_id}": {
    body: undefined;
    answer: WebhookMessageView;
  };
  "POST /api/webhooks/messages/{document_id}/resend": {
    body: chalicelib__runtime__resources__Nothing;
    answer: WebhookMessageView;
  };
  "GET /api/parties/customers": {
    body: undefined;
    answer: {
      items: readonly CustomerRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/parties/customers": {
    body: CustomerBody;
    answer: Customer;
  };
  "GET /api/parties/customers/{document_id}": {
    body: undefined;
    answer: Customer;
  };
  "PUT /api/parties/customers/{document_id}": {
    body: CustomerBody;
    answer: Customer;
  };
  "GET /api/ledger/accounts": {
    body: undefined;
    answer: {
      items: readonly AccountRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/ledger/accounts": {
    body: NewAccount;
    answer: Account;
  };
  "GET /api/ledger/accounts/{document_id}": {
    body: undefined;
    answer: Account;
  };
  "PUT /api/ledger/accounts/{document_id}": {
    body: AccountBody;
    answer: Account;
  };
  "GET /api/ledger/journals": {
    body: undefined;
    answer: {
      items: readonly JournalRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/ledger/journals": {
    body: NewJournal;
    answer: Journal;
  };
  "GET /api/ledger/journals/{document_id}": {
    body: undefined;
    answer: Journal;
  };
  "PUT /api/ledger/journals/{document_id}": {
    body: JournalBody;
    answer: Journal;
  };
  "GET /api/ledger/fiscal-years": {
    body: undefined;
    answer: {
      items: readonly FiscalYearRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/ledger/fiscal-years": {
    body: NewFiscalYear;
    answer: FiscalYearView;
  };
  "GET /api/ledger/fiscal-years/{document_id}": {
    body: undefined;
    answer: FiscalYearView;
  };
  "POST /api/ledger/fiscal-years/{document_id}/lock": {
    body: LockPeriod;
    answer: FiscalYearView;
  };
  "POST /api/ledger/fiscal-years/{document_id}/close": {
    body: chalicelib__runtime__resources__Nothing;
    answer: FiscalYearView;
  };
  "POST /api/ledger/fiscal-years/{document_id}/carry_forward": {
    body: chalicelib__runtime__resources__Nothing;
    answer: FiscalYearView;
  };
  "GET /api/ledger/exchange-rates": {
    body: undefined;
    answer: {
      items: readonly ExchangeRateRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/ledger/exchange-rates": {
    body: NewExchangeRate;
    answer: ExchangeRate;
  };
  "GET /api/ledger/exchange-rates/{document_id}": {
    body: undefined;
    answer: ExchangeRate;
  };
  "PUT /api/ledger/exchange-rates/{document_id}": {
    body: ExchangeRateBody;
    answer: ExchangeRate;
  };
  "GET /api/ledger/letters": {
    body: undefined;
    answer: {
      items: readonly LetterRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/ledger/letters": {
    body: NewLetter;
    answer: LetterView;
  };
  "GET /api/ledger/letters/{document_id}": {
    body: undefined;
    answer: LetterView;
  };
  "POST /api/ledger/letters/{document_id}/extend": {
    body: ExtendLetter;
    answer: LetterView;
  };
  "POST /api/ledger/letters/{document_id}/undo": {
    body: chalicelib__runtime__resources__Nothing;
    answer: LetterView;
  };
  "GET /api/ledger/entries": {
    body: undefined;
    answer: EntryPage;
  };
  "POST /api/ledger/entries": {
    body: NewEntry;
    answer: JournalEntryView;
  };
  "GET /api/ledger/entries/{document_id}": {
    body: undefined;
    answer: JournalEntryView;
  };
  "POST /api/ledger/entries/{document_id}/reverse": {
    body: ReverseEntry;
    answer: JournalEntryView;
  };
  "GET /api/ledger/trial-balance": {
    body: undefined;
    answer: TrialBalance;
  };
  "GET /api/ledger/accounts/{document_id}/lines": {
    body: undefined;
    answer: LedgerPage;
  };
  "GET /api/ledger/accounts/{document_id}/parties": {
    body: undefined;
    answer: PartyBalances;
  };
  "GET /api/ledger/parties/{party_id}/lines": {
    body: undefined;
    answer: LedgerPage;
  };
  "GET /api/ledger/accounts/{document_id}/open-lines": {
    body: undefined;
    answer: OpenItems;
  };
  "GET /api/ledger/accounts/{document_id}/aged": {
    body: undefined;
    answer: AgedBalance;
  };
  "POST /api/ledger/letter-matches": {
    body: AutomaticLetters;
    answer: OpenItems;
  };
  "GET /api/ledger/account-determination": {
    body: undefined;
    answer: Determination;
  };
  "PUT /api/ledger/account-determination": {
    body: DeterminationBody;
    answer: Determination;
  };
  "GET /api/ledger/account-determination/choice": {
    body: undefined;
    answer: Choice;
  };
  "GET /api/ledger/fiscal-years/{document_id}/fec": {
    body: undefined;
    answer: string;
  };
  "GET /api/catalog/products": {
    body: undefined;
    answer: {
      items: readonly ProductRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/catalog/products": {
    body: NewProduct;
    answer: ProductView;
  };
  "GET /api/catalog/products/{document_id}": {
    body: undefined;
    answer: ProductView;
  };
  "PUT /api/catalog/products/{document_id}": {
    body: ProductChange;
    answer: ProductView;
  };
  "POST /api/catalog/products/{document_id}/add_variants": {
    body: MoreVariants;
    answer: ProductView;
  };
  "POST /api/catalog/products/{document_id}/add_media": {
    body: NewMedia;
    answer: ProductView;
  };
  "POST /api/catalog/products/{document_id}/remove_media": {
    body: MediaKey;
    answer: ProductView;
  };
  "GET /api/catalog/variants": {
    body: undefined;
    answer: {
      items: readonly VariantRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/catalog/variants/{document_id}": {
    body: undefined;
    answer: Variant;
  };
  "PUT /api/catalog/variants/{document_id}": {
    body: VariantChange;
    answer: Variant;
  };
  "GET /api/catalog/gtins/{gtin}": {
    body: undefined;
    answer: ScannedItem;
  };
  "GET /api/catalog/skus/{sku}": {
    body: undefined;
    answer: SkuFacts;
  };
  "GET /api/catalog/product-families": {
    body: undefined;
    answer: Families;
  };
  "GET /api/catalog/media/{key}": {
    body: undefined;
    answer: string;
  };
  "GET /api/catalog/imports": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/catalog/imports": {
    body: ImportBody;
    answer: JobView;
  };
  "GET /api/catalog/imports/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/catalog/imports/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/catalog/imports/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/catalog/imports/template": {
    body: undefined;
    answer: string;
  };
  "GET /api/catalog/exports/variants": {
    body: undefined;
    answer: string;
  };
  "GET /api/pricing/price-lists": {
    body: undefined;
    answer: {
      items: readonly PriceListRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/pricing/price-lists": {
    body: PriceListBody;
    answer: PriceList;
  };
  "GET /api/pricing/price-lists/{document_id}": {
    body: undefined;
    answer: PriceList;
  };
  "PUT /api/pricing/price-lists/{document_id}": {
    body: PriceListBody;
    answer: PriceList;
  };
  "GET /api/pricing/imports": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/pricing/imports/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/pricing/imports/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/pricing/imports/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/pricing/price-lists/{price_list_id}/prices": {
    body: undefined;
    answer: {
      items: readonly ListedPrices[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "PUT /api/pricing/price-lists/{price_list_id}/prices": {
    body: PriceChanges;
    answer: PricesSet;
  };
  "POST /api/pricing/price-lists/{price_list_id}/imports": {
    body: PriceFile;
    answer: JobView;
  };
  "GET /api/pricing/price-lists/{price_list_id}/export": {
    body: undefined;
    answer: string;
  };
  "GET /api/pricing/explain": {
    body: undefined;
    answer: PriceExplanation;
  };
  "GET /api/stock/warehouses": {
    body: undefined;
    answer: {
      items: readonly WarehouseRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/stock/warehouses": {
    body: WarehouseBody;
    answer: Warehouse;
  };
  "GET /api/stock/warehouses/{document_id}": {
    body: undefined;
    answer: Warehouse;
  };
  "PUT /api/stock/warehouses/{document_id}": {
    body: WarehouseBody;
    answer: Warehouse;
  };
  "GET /api/stock/operations": {
    body: undefined;
    answer: {
      items: readonly OperationRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/stock/operations/{document_id}": {
    body: undefined;
    answer: OperationView;
  };
  "POST /api/stock/receipts": {
    body: NewReceipt;
    answer: OperationView;
  };
  "POST /api/stock/adjustments": {
    body: NewAdjustment;
    answer: OperationView;
  };
  "POST /api/stock/transfers": {
    body: NewTransfer;
    answer: OperationView;
  };
  "GET /api/stock/levels": {
    body: undefined;
    answer: {
      items: readonly LevelRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/stock/levels/{sku}": {
    body: undefined;
    answer: LevelDetail;
  };
  "GET /api/stock/levels/{sku}/explain": {
    body: undefined;
    answer: Explanation;
  };
  "GET /api/sales/orders": {
    body: undefined;
    answer: {
      items: readonly OrderRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/sales/orders": {
    body: PlaceOrder;
    answer: OrderView;
  };
  "GET /api/sales/orders/{document_id}": {
    body: undefined;
    answer: OrderView;
  };
  "PUT /api/sales/orders/{document_id}": {
    body: ChangeOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/confirm": {
    body: ConfirmOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/amend": {
    body: AmendOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/hold": {
    body: HoldOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/release": {
    body: chalicelib__runtime__resources__Nothing;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/prepare": {
    body: PrepareDeliveries;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/ship": {
    body: ShipOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/cancel": {
    body: CancelOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/refund": {
    body: RefundOrder;
    answer: OrderView;
  };
  "POST /api/sales/orders/{document_id}/close": {
    body: chalicelib__runtime__resources__Nothing;
    answer: OrderView;
  };
  "POST /api/sales/previews": {
    body: PlaceOrder;
    answer: OrderView;
  };
  "GET /api/sales/orders/{order_id}/explain": {
    body: undefined;
    answer: Explanation;
  };
  "POST /api/sales/shipments": {
    body: ShipMany;
    answer: {
      items: readonly (ShippedOrder | UnshippedOrder)[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/shipping/deliveries": {
    body: undefined;
    answer: {
      items: readonly SalesDeliveryRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/shipping/deliveries/{document_id}": {
    body: undefined;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/scan": {
    body: Scan;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/pick_all": {
    body: PickAll;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/put_back": {
    body: PutBack;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/pack": {
    body: PackInput;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/unpack": {
    body: chalicelib__runtime__resources__Nothing;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/buy_labels": {
    body: BuyLabels;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/void_label": {
    body: VoidLabel;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/set_tracking": {
    body: SetTracking;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/ship": {
    body: ShipDelivery;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/deliver": {
    body: chalicelib__runtime__resources__Nothing;
    answer: SalesDeliveryView;
  };
  "POST /api/shipping/deliveries/{document_id}/cancel": {
    body: CancelDelivery;
    answer: SalesDeliveryView;
  };
  "GET /api/shipping/carriers": {
    body: undefined;
    answer: {
      items: readonly CarrierRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/shipping/carriers": {
    body: CarrierBody;
    answer: CarrierView;
  };
  "GET /api/shipping/carriers/{document_id}": {
    body: undefined;
    answer: CarrierView;
  };
  "PUT /api/shipping/carriers/{document_id}": {
    body: CarrierBody;
    answer: CarrierView;
  };
  "GET /api/shipping/deliveries/{delivery_id}/label": {
    body: undefined;
    answer: string;
  };
  "GET /api/shipping/deliveries/{delivery_id}/customs": {
    body: undefined;
    answer: CustomsDeclaration;
  };
  "POST /api/shipping/{address}/webhooks": {
    body: Readonly<Record<string, unknown>>;
    answer: Heard;
  };
  "GET /api/shipping/track/{token}": {
    body: undefined;
    answer: TrackedOrder;
  };
  "GET /api/invoicing/invoices": {
    body: undefined;
    answer: {
      items: readonly InvoiceRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/invoicing/invoices": {
    body: NewInvoice;
    answer: InvoiceView;
  };
  "GET /api/invoicing/invoices/{document_id}": {
    body: undefined;
    answer: InvoiceView;
  };
  "PUT /api/invoicing/invoices/{document_id}": {
    body: NewInvoice;
    answer: InvoiceView;
  };
  "DELETE /api/invoicing/invoices/{document_id}": {
    body: undefined;
    answer: undefined;
  };
  "POST /api/invoicing/invoices/{document_id}/issue": {
    body: IssueInvoice;
    answer: InvoiceView;
  };
  "POST /api/invoicing/invoices/{document_id}/credit": {
    body: CreditInvoice;
    answer: InvoiceView;
  };
  "GET /api/invoicing/billings": {
    body: undefined;
    answer: {
      items: readonly BillingRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/invoicing/from-orders": {
    body: InvoiceOrders;
    answer: InvoiceView;
  };
  "POST /api/invoicing/deposits": {
    body: NewDeposit;
    answer: InvoiceView;
  };
  "GET /api/invoicing/invoices/{document_id}/preflight": {
    body: undefined;
    answer: Preflight;
  };
  "GET /api/invoicing/invoices/{document_id}/accounts": {
    body: undefined;
    answer: InvoiceAccounts;
  };
  "GET /api/invoicing/runs": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/invoicing/runs": {
    body: InvoiceRun;
    answer: JobView;
  };
  "GET /api/invoicing/runs/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/invoicing/runs/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/invoicing/runs/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/invoicing/settings": {
    body: undefined;
    answer: SettingsView;
  };
  "PUT /api/invoicing/settings": {
    body: SettingsBody;
    answer: SettingsView;
  };
  "GET /api/invoicing/customers/{customer_id}/exposure": {
    body: undefined;
    answer: CustomerExposure;
  };
  "GET /api/invoicing/orders/{order_id}/margin": {
    body: undefined;
    answer: OrderMargin;
  };
  "GET /api/invoicing/orders/{order_id}/billing": {
    body: undefined;
    answer: OrderBillingView;
  };
  "GET /api/payments/payments": {
    body: undefined;
    answer: {
      items: readonly PaymentRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/payments/payments": {
    body: NewPayment;
    answer: PaymentView;
  };
  "GET /api/payments/payments/{document_id}": {
    body: undefined;
    answer: PaymentView;
  };
  "POST /api/payments/payments/{document_id}/match": {
    body: MatchPayment;
    answer: PaymentView;
  };
  "POST /api/payments/payments/{document_id}/unmatch": {
    body: chalicelib__runtime__resources__Nothing;
    answer: PaymentView;
  };
  "POST /api/payments/payments/{document_id}/reverse": {
    body: ReversePayment;
    answer: PaymentView;
  };
  "GET /api/payments/payouts": {
    body: undefined;
    answer: {
      items: readonly PayoutRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/payments/payouts": {
    body: NewPayout;
    answer: PayoutView;
  };
  "GET /api/payments/payouts/{document_id}": {
    body: undefined;
    answer: PayoutView;
  };
  "POST /api/payments/payouts/{document_id}/reverse": {
    body: ReversePayment;
    answer: PayoutView;
  };
  "GET /api/payments/settings": {
    body: undefined;
    answer: PaymentSettings;
  };
  "PUT /api/payments/settings": {
    body: PaymentSettingsBody;
    answer: PaymentSettings;
  };
  "GET /api/payments/open-invoices": {
    body: undefined;
    answer: OpenInvoices;
  };
  "GET /api/documents/papers": {
    body: undefined;
    answer: {
      items: readonly PaperRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/documents/papers": {
    body: NewPaper;
    answer: Paper;
  };
  "GET /api/documents/papers/{document_id}": {
    body: undefined;
    answer: Paper;
  };
  "GET /api/documents/papers/{paper_id}/files/{format_name}": {
    body: undefined;
    answer: string;
  };
  "GET /api/documents/branding": {
    body: undefined;
    answer: Branding;
  };
  "PUT /api/documents/branding": {
    body: ChangeBranding;
    answer: Branding;
  };
  "PUT /api/documents/branding/logo": {
    body: NewLogo;
    answer: Branding;
  };
  "DELETE /api/documents/branding/logo": {
    body: undefined;
    answer: Branding;
  };
  "GET /api/documents/branding/preview": {
    body: undefined;
    answer: string;
  };
  "GET /api/channels/imports": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/imports/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/channels/imports/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/channels/imports/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "POST /api/channels/{connection_id}/webhooks": {
    body: Readonly<Record<string, unknown>>;
    answer: chalicelib__channels__routes__Received;
  };
  "GET /api/channels/platforms": {
    body: undefined;
    answer: {
      items: readonly PlatformView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/connections": {
    body: undefined;
    answer: {
      items: readonly ConnectionRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/channels/connections": {
    body: NewConnection;
    answer: ConnectionView;
  };
  "GET /api/channels/connections/{connection_id}": {
    body: undefined;
    answer: ConnectionView;
  };
  "PUT /api/channels/connections/{connection_id}": {
    body: ChangeConnection;
    answer: ConnectionView;
  };
  "DELETE /api/channels/connections/{connection_id}": {
    body: undefined;
    answer: undefined;
  };
  "POST /api/channels/connections/{connection_id}/pause": {
    body: chalicelib__runtime__resources__Nothing;
    answer: ConnectionView;
  };
  "POST /api/channels/connections/{connection_id}/resume": {
    body: chalicelib__runtime__resources__Nothing;
    answer: ConnectionView;
  };
  "POST /api/channels/connections/{connection_id}/test": {
    body: chalicelib__runtime__resources__Nothing;
    answer: ConnectionView;
  };
  "POST /api/channels/connections/{connection_id}/rotate-secret": {
    body: chalicelib__runtime__resources__Nothing;
    answer: ConnectionView;
  };
  "POST /api/channels/connections/{connection_id}/reconcile": {
    body: chalicelib__runtime__resources__Nothing;
    answer: SyncRun;
  };
  "POST /api/channels/connections/{connection_id}/import-products": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/channels/connections/{connection_id}/stock": {
    body: undefined;
    answer: StockPage;
  };
  "GET /api/channels/connections/{connection_id}/stock/{sku}/explain": {
    body: undefined;
    answer: Explanation;
  };
  "GET /api/channels/connections/{connection_id}/lag": {
    body: undefined;
    answer: {
      items: readonly LagDay[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/farewells": {
    body: undefined;
    answer: {
      items: readonly FarewellView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/lag": {
    body: undefined;
    answer: {
      items: readonly LagView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/connections/{connection_id}/bindings": {
    body: undefined;
    answer: {
      items: readonly BindingRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/channels/connections/{connection_id}/bindings": {
    body: NewBinding;
    answer: Binding;
  };
  "DELETE /api/channels/connections/{connection_id}/bindings/{binding_id}": {
    body: undefined;
    answer: undefined;
  };
  "GET /api/channels/connections/{connection_id}/runs": {
    body: undefined;
    answer: {
      items: readonly SyncRunRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/connections/{connection_id}/runs/{run_id}": {
    body: undefined;
    answer: SyncRun;
  };
  "GET /api/channels/deliveries/{delivery_id}/body": {
    body: undefined;
    answer: DeliveryBody;
  };
  "GET /api/channels/deliveries": {
    body: undefined;
    answer: {
      items: readonly WebhookDeliveryRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/channels/deliveries/{document_id}": {
    body: undefined;
    answer: WebhookDeliveryView;
  };
  "POST /api/channels/deliveries/{document_id}/replay": {
    body: chalicelib__runtime__resources__Nothing;
    answer: WebhookDeliveryView;
  };
  "POST /api/channels/deliveries/{document_id}/discard": {
    body: chalicelib__runtime__resources__Nothing;
    answer: WebhookDeliveryView;
  };
  "GET /api/reporting/work": {
    body: undefined;
    answer: Work;
  };
  "GET /api/reporting/measures": {
    body: undefined;
    answer: {
      items: readonly MeasureView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/reporting/report": {
    body: undefined;
    answer: Report;
  };
  "GET /api/reporting/documents": {
    body: undefined;
    answer: {
      items: readonly DocumentRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/reporting/explanation": {
    body: undefined;
    answer: Explanation;
  };
  "GET /api/reporting/reconciliation": {
    body: undefined;
    answer: Reconciliation;
  };
  "GET /api/reporting/exports/csv": {
    body: undefined;
    answer: string;
  };
  "GET /api/reporting/exports/xlsx": {
    body: undefined;
    answer: string;
  };
  "GET /api/reporting/roll-ups": {
    body: undefined;
    answer: RollUpView;
  };
  "GET /api/reporting/rebuilds": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/reporting/rebuilds": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/reporting/rebuilds/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/reporting/rebuilds/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/reporting/rebuilds/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/reporting/schedules": {
    body: undefined;
    answer: {
      items: readonly ReportScheduleRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/reporting/schedules": {
    body: ReportScheduleBody;
    answer: ReportSchedule;
  };
  "GET /api/reporting/schedules/{document_id}": {
    body: undefined;
    answer: ReportSchedule;
  };
  "PUT /api/reporting/schedules/{document_id}": {
    body: ReportScheduleBody;
    answer: ReportSchedule;
  };
  "DELETE /api/reporting/schedules/{document_id}": {
    body: undefined;
    answer: undefined;
  };
  "POST /api/reporting/stops": {
    body: Readonly<Record<string, unknown>>;
    answer: Stopped;
  };
  "GET /api/onboarding/checklist": {
    body: undefined;
    answer: ChecklistView;
  };
  "PUT /api/onboarding/checklist": {
    body: DismissItems;
    answer: ChecklistView;
  };
  "GET /api/onboarding/sample-loads": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/onboarding/sample-loads": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/onboarding/sample-loads/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/onboarding/sample-loads/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/onboarding/sample-wipes": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/onboarding/sample-wipes": {
    body: WipeSample;
    answer: JobView;
  };
  "GET /api/onboarding/sample-wipes/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/onboarding/sample-wipes/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/onboarding/sample": {
    body: undefined;
    answer: Sample;
  };
  "GET /api/leaving/exports": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/leaving/exports": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/leaving/exports/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/leaving/exports/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/leaving/exports/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/leaving/exports/{job_id}/download": {
    body: undefined;
    answer: Download;
  };
  "POST /api/leaving/uploads": {
    body: chalicelib__runtime__resources__Nothing;
    answer: Uploaded;
  };
  "PUT /api/leaving/uploads/{upload_id}/parts": {
    body: UploadPart;
    answer: Uploaded;
  };
  "GET /api/leaving/imports": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/leaving/imports": {
    body: ImportExport;
    answer: JobView;
  };
  "GET /api/leaving/imports/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/leaving/imports/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/leaving/imports/{job_id}/problems": {
    body: undefined;
    answer: string;
  };
  "GET /api/leaving/erasure-jobs": {
    body: undefined;
    answer: {
      items: readonly JobRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/leaving/erasure-jobs/{document_id}": {
    body: undefined;
    answer: JobView;
  };
  "POST /api/leaving/erasure-jobs/{document_id}/cancel": {
    body: chalicelib__runtime__resources__Nothing;
    answer: JobView;
  };
  "GET /api/leaving/erasures": {
    body: undefined;
    answer: {
      items: readonly ErasureRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "POST /api/leaving/erasures": {
    body: EraseBody;
    answer: JobView;
  };
  "GET /api/leaving/erasures/{document_id}": {
    body: undefined;
    answer: Erasure;
  };
  "GET /api/leaving/customers/{customer_id}/preview": {
    body: undefined;
    answer: Preview;
  };
  "GET /api/leaving/users/{user_id}/preview": {
    body: undefined;
    answer: Preview;
  };
  "GET /api/leaving/archives/{erasure_id}": {
    body: undefined;
    answer: ArchivedList;
  };
  "GET /api/leaving/archives/{erasure_id}/{document_kind}/{document_id}": {
    body: undefined;
    answer: ArchivedDocument;
  };
  "GET /api/leaving/closure": {
    body: undefined;
    answer: ClosureView;
  };
  "POST /api/leaving/closure": {
    body: RequestClosure;
    answer: ClosureView;
  };
  "POST /api/leaving/closure/withdraw": {
    body: chalicelib__runtime__resources__Nothing;
    answer: ClosureView;
  };
  "GET /api/operations/figures": {
    body: undefined;
    answer: ServiceFigures;
  };
  "POST /api/operators/sessions": {
    body: Credentials;
    answer: CodeAsked | OperatorSession;
  };
  "GET /api/operators/session": {
    body: undefined;
    answer: OperatorSession;
  };
  "DELETE /api/operators/session": {
    body: undefined;
    answer: undefined;
  };
  "GET /api/operators/tenants": {
    body: undefined;
    answer: {
      items: readonly TenantRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/operators/tenants/{tenant_id}": {
    body: undefined;
    answer: TenantView;
  };
  "POST /api/operators/tenants/{tenant_id}/extend-trial": {
    body: LongerTrial;
    answer: Acted;
  };
  "POST /api/operators/tenants/{tenant_id}/change-plan": {
    body: OtherPlan;
    answer: Acted;
  };
  "POST /api/operators/tenants/{tenant_id}/hold": {
    body: Because;
    answer: Acted;
  };
  "POST /api/operators/tenants/{tenant_id}/release": {
    body: Because;
    answer: Acted;
  };
  "POST /api/operators/tenants/{tenant_id}/support-accesses": {
    body: AskSupport;
    answer: Acted;
  };
  "POST /api/operators/tenants/{tenant_id}/support-accesses/{access_id}/enter": {
    body: chalicelib__runtime__resources__Nothing;
    answer: Inside;
  };
  "POST /api/operators/tenants/{tenant_id}/support-accesses/{access_id}/give-back": {
    body: chalicelib__runtime__resources__Nothing;
    answer: Acted;
  };
  "GET /api/operators/switches": {
    body: undefined;
    answer: {
      items: readonly SwitchView[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "PUT /api/operators/switches/{name}": {
    body: SetSwitch;
    answer: SwitchView;
  };
  "GET /api/operators/health": {
    body: undefined;
    answer: PlatformHealth;
  };
  "GET /api/operators/figures": {
    body: undefined;
    answer: PlatformFigures;
  };
  "GET /api/operators/acts": {
    body: undefined;
    answer: {
      items: readonly ActRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/operators/audit/records": {
    body: undefined;
    answer: {
      items: readonly AuditRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/operators/audit/records/{record_id}": {
    body: undefined;
    answer: AuditRecord;
  };
  "GET /api/openapi.json": {
    body: undefined;
    answer: Readonly<Record<string, unknown>>;
  };
  "GET /api/permissions": {
    body: undefined;
    answer: PermissionsView;
  };
  "GET /api/requests": {
    body: undefined;
    answer: {
      items: readonly RequestRow[];
      cursor: string | null;
      looked_at?: number;
    };
  };
  "GET /api/health": {
    body: undefined;
    answer: Health;
  };
}

/** One item of an operation's list. */
export type Item<O extends keyof Operations> = Operations[O]["answer"] extends { items: readonly (infer T)[] } ? T : never;
