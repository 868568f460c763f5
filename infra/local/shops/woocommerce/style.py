"""The storefront's style sheet and its one script; both are served by the shop itself."""

from __future__ import annotations

CSS = """
:root{--accent:#1f5c57;--ink:#2a211c;--soft:#75685f;--paper:#fbf8f4;--line:#e9e1d8;--card:#fff;
--display:"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L","Book Antiqua",Georgia,serif}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,sans-serif}
a{color:inherit}img{display:block;width:100%;height:auto}
h1,h2,h3{font-family:var(--display);font-weight:600;line-height:1.15;margin:0 0 .4em;letter-spacing:-.01em}
h1{font-size:clamp(2rem,5vw,3.3rem)}h2{font-size:clamp(1.4rem,3vw,2rem)}h3{font-size:1.14rem}
.wrap{max-width:1120px;margin:0 auto;padding:0 22px}
.demo{background:var(--accent);color:#fff;text-align:center;font-size:.8rem;padding:5px 12px}
header{background:rgba(251,248,244,.94);border-bottom:1px solid var(--line);position:sticky;top:0;z-index:5;
backdrop-filter:blur(8px)}
header .wrap{display:flex;align-items:center;gap:22px;min-height:70px}
.logo{display:flex;align-items:center;gap:11px;text-decoration:none;font:600 1.32rem var(--display);margin-right:auto;
white-space:nowrap}
.logo svg{width:38px;height:38px;flex:none}
nav{display:flex;gap:20px;align-items:center;font-size:.94rem}nav a{text-decoration:none}nav a:hover{color:var(--accent)}
.pill{background:var(--accent);color:#fff!important;border-radius:99px;padding:8px 16px;font-weight:600}
.pill b{background:#fff;color:var(--accent);border-radius:99px;padding:0 7px;margin-left:6px;font-size:.84rem}
.hero{display:grid;grid-template-columns:1.05fr 1fr;gap:44px;align-items:center;padding:52px 0 46px}
.hero img{border-radius:26px;box-shadow:0 24px 60px -28px rgba(58,32,20,.45)}
.hero p{font-size:1.14rem;color:var(--soft);max-width:34em;margin:0 0 1.6em}
.kicker,.hero .kicker{color:var(--accent);font-weight:600;font-size:.85rem;letter-spacing:.12em;text-transform:uppercase;margin:0 0 .7em}
.button{display:inline-block;border:0;border-radius:99px;background:var(--accent);color:#fff;font:600 1rem system-ui,sans-serif;
padding:13px 26px;text-decoration:none;cursor:pointer;transition:transform .12s,filter .12s}
.button:hover{filter:brightness(1.1);transform:translateY(-1px)}.button:disabled{background:#b9b0a8;cursor:default;transform:none}
.button.plain{background:none;color:var(--accent);box-shadow:inset 0 0 0 1.5px var(--accent)}
.button.small{padding:8px 16px;font-size:.92rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.promises{display:flex;flex-wrap:wrap;gap:10px 34px;border-block:1px solid var(--line);padding:16px 0;margin-bottom:44px;
color:var(--soft);font-size:.95rem}
.promises span::before{content:"❄";color:var(--accent);margin-right:8px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(238px,1fr));gap:26px;padding:6px 0 60px}
.card{background:var(--card);border:1px solid var(--line);border-radius:18px;overflow:hidden;display:flex;flex-direction:column;
transition:box-shadow .2s,transform .2s}
.card:hover{box-shadow:0 20px 40px -24px rgba(58,32,20,.4);transform:translateY(-3px)}
.card a{text-decoration:none}.card .body{padding:16px 18px 18px;display:flex;flex-direction:column;gap:5px;flex:1}
.card h3{margin:0}.card p{margin:0;color:var(--soft);font-size:.9rem;flex:1}
.card .row{display:flex;align-items:center;justify-content:space-between;gap:10px;margin-top:10px}
.card .shot{position:relative;display:block}.card .shot .stock{position:absolute;left:12px;top:12px}
.price{font:600 1.16rem var(--display);white-space:nowrap}.price small{font:400 .8rem system-ui;color:var(--soft)}
.stock{background:#fff;border-radius:99px;padding:3px 11px;font-size:.8rem;font-weight:600;color:#3f6b4c;
box-shadow:0 1px 4px rgba(0,0,0,.09)}
.stock.few{color:#a3450f}.stock.none{color:#8b8078}.stock.changed{animation:blink 1.2s}
@keyframes blink{0%{background:#ffe9a8;transform:scale(1.12)}100%{background:#fff}}
.product{display:grid;grid-template-columns:1.1fr 1fr;gap:48px;padding:44px 0 70px;align-items:start}
.product img{border-radius:24px}.product .price{font-size:1.8rem;margin:.2em 0 .6em}
.options{display:grid;gap:10px;margin:0 0 20px;border:0;padding:0}
.options label{display:flex;align-items:center;gap:12px;border:1.5px solid var(--line);border-radius:14px;padding:12px 16px;
background:#fff;cursor:pointer}
.options label:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.options label b{flex:1;font-weight:600}.options input{accent-color:var(--accent);width:18px;height:18px;margin:0}
.buy{display:flex;gap:12px;align-items:center;flex-wrap:wrap}.buy input{width:76px}
.facts{color:var(--soft);font-size:.93rem;list-style:none;padding:18px 0 0;margin:24px 0 0;border-top:1px solid var(--line)}
.facts li{padding:3px 0}
input,select,textarea{font:inherit;color:inherit;border:1.5px solid var(--line);border-radius:11px;padding:11px 13px;background:#fff;
width:100%}
.two{display:grid;grid-template-columns:1.5fr 1fr;gap:44px;padding:36px 0 70px;align-items:start}
.panel{background:#fff;border:1px solid var(--line);border-radius:18px;padding:24px;margin-bottom:20px}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:14px}.fields label{font-size:.86rem;color:var(--soft)}
.fields .wide{grid-column:1/-1}.fields input,.fields select,.fields textarea{margin-top:4px;color:var(--ink)}
.line{display:grid;grid-template-columns:84px 1fr auto;gap:16px;align-items:center;padding:14px 0;border-bottom:1px solid var(--line)}
.line img{border-radius:11px}.line h3{margin:0 0 4px}.line .muted{font-size:.88rem}.line form{display:flex;gap:8px;align-items:center}
.line input{width:70px;padding:7px 10px}.muted{color:var(--soft);margin:0}
.link{background:none;border:0;color:var(--soft);text-decoration:underline;cursor:pointer;font:inherit;font-size:.88rem;padding:0}
.sums{width:100%;border-collapse:collapse}.sums td{padding:5px 0}.sums td:last-child{text-align:right;white-space:nowrap}
.sums .grand td{font:600 1.3rem var(--display);border-top:1px solid var(--line);padding-top:13px}
.coupon{display:flex;gap:8px;margin:14px 0}.alert{background:#fdeee6;border:1px solid #f2c9ae;color:#8a3a0c;border-radius:12px;
padding:11px 16px;margin:20px 0 0}
.steps{display:flex;list-style:none;margin:26px 0;padding:0}
.steps li{flex:1;text-align:center;position:relative;color:var(--soft);font-size:.92rem;padding-top:38px}
.steps li::before{content:"";position:absolute;top:6px;left:50%;width:22px;height:22px;margin-left:-11px;border-radius:50%;
background:#fff;border:3px solid var(--line);z-index:1}
.steps li::after{content:"";position:absolute;top:16px;left:-50%;width:100%;height:3px;background:var(--line)}
.steps li:first-child::after{display:none}.steps .done{color:var(--ink);font-weight:600}
.steps .done::before{background:var(--accent);border-color:var(--accent)}.steps .done::after{background:var(--accent)}
.parcel{border:1px dashed var(--line);border-radius:13px;padding:13px 17px;margin-bottom:10px;display:flex;flex-wrap:wrap;gap:4px 18px;
align-items:baseline}.parcel code{font:600 1.02rem ui-monospace,monospace}
.badge{display:inline-block;background:var(--accent);color:#fff;border-radius:99px;padding:3px 13px;font-size:.86rem;font-weight:600}
.center{text-align:center;padding:70px 0 90px}.narrow{max-width:520px;margin:0 auto}
footer{border-top:1px solid var(--line);color:var(--soft);font-size:.88rem;padding:26px 0 40px}
footer .wrap{display:flex;gap:8px 26px;flex-wrap:wrap}footer .wrap span:first-child{margin-right:auto}
@media(max-width:760px){.hero,.product,.two{grid-template-columns:1fr;gap:24px;padding-top:24px}.hero img{order:-1}
header .wrap{gap:14px;flex-wrap:wrap;padding-block:10px}nav{gap:14px;font-size:.88rem}.logo{font-size:1.12rem}
.logo svg{width:30px;height:30px}.track{display:none}.cards{grid-template-columns:1fr 1fr;gap:12px}
.card .body{padding:11px 12px 13px}.card p{display:none}.card h3{font-size:1rem}.card .button{padding:7px 12px;font-size:.84rem}
.card .row{flex-wrap:wrap}.card .shot .stock{left:8px;top:8px;font-size:.72rem;padding:2px 9px}
.fields{grid-template-columns:1fr}.line{grid-template-columns:62px 1fr auto;gap:11px}.steps li{font-size:.8rem}}
@media(prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
"""

SCRIPT = """
'use strict';
const words = document.body.dataset;
function show(label, left) {
  const kind = left === null ? 'any' : left <= 0 ? 'none' : left === 1 ? 'one' : left <= 9 ? 'few' : 'many';
  label.textContent = words[kind].replace('{n}', left);
  label.className = 'stock' + (kind === 'none' ? ' none' : kind === 'one' || kind === 'few' ? ' few' : '');
}
async function refreshStock() {
  const labels = [...document.querySelectorAll('[data-stock]')];
  if (!labels.length || document.hidden) return;
  const stock = await (await fetch('/stock.json')).json();
  for (const label of labels) {
    const left = stock[label.dataset.stock];
    if (left === undefined || String(left) === label.dataset.left) continue;
    label.dataset.left = String(left);
    show(label, left);
    label.classList.add('changed');
    setTimeout(() => label.classList.remove('changed'), 1300);
    for (const control of document.querySelectorAll('[data-needs="' + label.dataset.stock + '"]'))
      control.disabled = left !== null && left <= 0;
  }
}
async function refreshOrder() {
  const order = document.querySelector('[data-order]');
  if (!order || document.hidden) return;
  const state = await (await fetch(order.dataset.order)).json();
  if (state.version !== order.dataset.version) location.reload();
}
function every(task) { setInterval(() => task().catch(() => {}), 1000); }
every(refreshStock);
every(refreshOrder);
for (const select of document.querySelectorAll('select[data-submit]'))
  select.addEventListener('change', () => select.form.requestSubmit(document.querySelector('[value=reprice]')));
"""
