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
