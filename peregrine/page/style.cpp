#include "peregrine/page/style.hpp"

namespace peregrine::page {

const std::string_view style = R"css(
:root {
  color-scheme: light dark;
  --paper: #fcfcfb; --raised: #f4f3f0; --rule: #e3e2dd; --ink: #14130f; --soft: #5c5a53; --faint: #8b8981;
  --c1: #2a78d6; --c2: #1baf7a; --c3: #e39b00; --c4: #7a5bd0; --good: #0a7d0a; --bad: #c22f2f; --slow: #9a5b00;
  --hover: rgb(20 19 15 / 8%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171715; --raised: #20201d; --rule: #34332f; --ink: #f5f4f0; --soft: #b9b7ae; --faint: #86847c;
    --c1: #4a93ea; --c2: #1fa877; --c3: #cc8b0c; --c4: #9a84ea; --good: #5dc85d; --bad: #f07a7a; --slow: #e0a13c;
    --hover: rgb(255 255 255 / 10%);
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 68rem; margin: 0 auto; padding: 3.5rem 1.5rem 3rem; }
.kicker { margin: 0; color: var(--soft); font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .875rem; }
h1 { margin: .25rem 0 .5rem; font-size: clamp(2rem, 6vw, 3.25rem); line-height: 1.1; letter-spacing: -.02em; font-weight: 650; }
h2 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 620; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.lead { font-size: 1.15rem; margin-bottom: .5rem; }
.lead.ill { padding-left: .9rem; border-left: 4px solid var(--bad); }
.remark, footer { color: var(--soft); font-size: .875rem; }
section { margin-top: 3.25rem; }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; margin: 2rem 0 0; padding: 0; }
.tiles div { background: var(--raised); border-radius: .6rem; padding: .9rem 1rem 1rem; }
.tiles dt { color: var(--soft); font-size: .875rem; }
.tiles dd { margin: 0; }
.tiles .value { font-size: 1.75rem; line-height: 1.25; font-weight: 620; letter-spacing: -.015em; }
.tiles .of { color: var(--soft); font-size: .8125rem; line-height: 1.4; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem 2.5rem; }
.pair > * { min-width: 0; }
.captioned { margin: 1.25rem 0 0; }
.captioned > h3 { margin: 0; font-size: .9375rem; font-weight: 600; }
figure { margin: .25rem 0 0; }
.plot { position: relative; height: 15rem; margin: .75rem .5rem 2.1rem 3.5rem; }
.plot.flush { margin-left: 0; margin-right: 0; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot i { position: absolute; left: 0; right: 0; height: 0; border-top: 1px solid var(--rule); }
.plot b, .below, .plot em {
  position: absolute; font: normal .75rem/1 system-ui, "DejaVu Sans", sans-serif; color: var(--soft); white-space: nowrap;
  font-variant-numeric: tabular-nums;
}
.plot b { right: 100%; padding-right: .6rem; transform: translateY(50%); }
.below { top: 100%; padding-top: .5rem; transform: translateX(-50%); }
.below.last { transform: translateX(-75%); }
.plot em { bottom: 0; border-left: 1px solid var(--ink); padding: 1px 0 0 .35rem; color: var(--ink); pointer-events: none; text-shadow: 0 0 3px var(--paper), 0 0 3px var(--paper); }
.plot em.before { transform: translateX(-100%); border-left: 0; border-right: 1px solid var(--ink); padding: 1px .35rem 0 0; }
.c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); }
svg .c1, svg .c2, svg .c3, svg .c4 { fill: var(--c); }
.band { stroke: var(--paper); stroke-width: 1.5px; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.beside, .halo { fill: none; stroke: var(--ink); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.halo { stroke: var(--paper); stroke-width: 5px; }
.hit { fill: transparent; }
.hit:hover { fill: var(--hover); }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; margin: .5rem 0 0; padding: 0; list-style: none; font-size: .8125rem; color: var(--soft); }
.legend s { display: inline-block; width: .7rem; height: .7rem; margin-right: .4rem; border-radius: 2px; background: var(--c); vertical-align: -1px; }
.legend s.line { height: 2px; width: 1rem; background: var(--ink); vertical-align: 4px; border-radius: 0; }
.wide { overflow-x: auto; margin-top: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th { font-weight: 500; color: var(--soft); vertical-align: bottom; }
th, td { padding: .42rem 0 .42rem 1.25rem; text-align: right; border-bottom: 1px solid var(--rule); }
td { vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
th.words, td.words { text-align: left; }
td.words:last-child { min-width: 12rem; }
tr:last-child td { border-bottom: 0; }
tr.sum td { font-weight: 600; }
code { font: .8125rem/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .slow { color: var(--slow); }
details { margin-top: .75rem; }
summary { cursor: pointer; color: var(--soft); font-size: .875rem; width: fit-content; }
summary:focus-visible { outline: 2px solid var(--c1); outline-offset: 3px; border-radius: 2px; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
@media (max-width: 40rem) {
  main { padding: 2rem 1rem; }
  section { margin-top: 2.5rem; }
  .plot { height: 12rem; margin-left: 3.25rem; }
  .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; }
  .tiles .value { font-size: 1.4rem; }
}
@media print {
  :root {
    --paper: #fff; --raised: #fff; --rule: #ccc; --ink: #000; --soft: #444; --faint: #666;
    --c1: #2a78d6; --c2: #1baf7a; --c3: #e39b00; --c4: #7a5bd0; --good: #0a7d0a; --bad: #c22f2f; --slow: #9a5b00;
    color-scheme: light;
  }
  @page { margin: 16mm 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10.5pt; }
  main { padding: 0; max-width: none; }
  section { margin-top: 1.75rem; }
  h2, h3, summary { break-after: avoid; }
  figure, .captioned, .tiles div, tr { break-inside: avoid; }
  .tiles { grid-template-columns: repeat(3, 1fr); }
  .tiles div { border: 1px solid var(--rule); }
  .plot { height: 11rem; }
  .pair { grid-template-columns: 1fr 1fr; }
  .wide { overflow: visible; }
  details:not([open]) { display: none; }
}
)css";

}  // namespace peregrine::page
