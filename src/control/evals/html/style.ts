/** Light and dark, wide and narrow; without fonts, pictures or anything else from outside. */
export const style = `
:root{color-scheme:light dark;--ground:#fbfaf8;--panel:#fff;--line:#dfdbd3;--ink:#1d1c1a;--faint:#6b675f;--good:#1b6e43;--bad:#a8321f;--open:#8a5a00;--mark:#2f5aa8;--ins:#e2f2e6;--del:#f9e3de}
@media (prefers-color-scheme:dark){:root{--ground:#171614;--panel:#1f1e1b;--line:#38352f;--ink:#ece9e2;--faint:#a19b8f;--good:#6cc793;--bad:#ee8b77;--open:#dcae55;--mark:#8fb2f2;--ins:#1d3a28;--del:#45231c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:72rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2.5rem 0 .75rem}
p{margin:.25rem 0}
.faint{color:var(--faint)}
.small{font-size:.85rem}
.good{color:var(--good)}.bad{color:var(--bad)}.open{color:var(--open)}
.verdicts{list-style:none;margin:1.25rem 0 0;padding:0;display:grid;gap:.5rem}
.verdicts li{background:var(--panel);border:1px solid var(--line);border-left:4px solid var(--line);border-radius:6px;padding:.7rem .9rem;overflow-wrap:anywhere}
.verdicts li.good{border-left-color:var(--good);color:inherit}.verdicts li.bad{border-left-color:var(--bad);color:inherit}.verdicts li.open{border-left-color:var(--open);color:inherit}
.scroll{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.45rem .75rem;border-bottom:1px solid var(--line);white-space:nowrap}
tr:last-child td{border-bottom:0}
th{font-size:.8rem;font-weight:600;color:var(--faint)}
.number{text-align:right}
td.wrap{white-space:normal;overflow-wrap:anywhere;min-width:8rem}
.chart{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem}
.chart .row{display:grid;grid-template-columns:minmax(7rem,14rem) 1fr 9.5rem;gap:.75rem;align-items:center;padding:.3rem 0}
.chart .name{overflow-wrap:anywhere}
.chart .value{text-align:right;font-variant-numeric:tabular-nums}
.chart svg{display:block;width:100%;height:1.4rem;overflow:visible}
.chart line,.chart rect{vector-effect:non-scaling-stroke}
.chart .scale{padding:0}.marks{display:flex;justify-content:space-between}
.axis{stroke:var(--line);stroke-width:1}.interval{fill:var(--mark);opacity:.28}.mean{stroke:var(--mark);stroke-width:3}
details{background:var(--panel);border:1px solid var(--line);border-radius:6px;margin:0 0 .5rem}
summary{cursor:pointer;padding:.55rem .9rem;display:flex;gap:.75rem;align-items:baseline;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"+";color:var(--faint);width:.8rem;flex:none}
details[open]>summary::before{content:"\\2212"}
summary .id{font-weight:600;flex:none;max-width:14rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
summary .what{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--faint)}
summary .scores{flex:none;display:flex;gap:.9rem;font-variant-numeric:tabular-nums;font-size:.9rem}
summary:focus-visible,a:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
.inside{border-top:1px solid var(--line);padding:.9rem}
.asked{display:grid;gap:.6rem}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:.75rem;margin-top:.9rem}
.answer{border:1px solid var(--line);border-radius:6px;padding:.7rem .8rem;min-width:0}
.answer h4,.asked h4{margin:0 0 .3rem;font-size:.8rem;font-weight:600;color:var(--faint);overflow-wrap:anywhere}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
ul.grades{list-style:none;margin:.6rem 0 0;padding:.5rem 0 0;border-top:1px solid var(--line);font-size:.88rem;display:grid;gap:.25rem}
ul.grades li{overflow-wrap:anywhere}
ins{background:var(--ins);text-decoration:none;border-radius:2px}
del{background:var(--del);border-radius:2px}
.differences{margin:.4rem 0 0;font-size:.82rem}
.differences td,.differences th{padding:.2rem .5rem;white-space:normal;overflow-wrap:anywhere;vertical-align:top}
footer{margin-top:2.5rem}
@media (max-width:40rem){main{padding:1.25rem .8rem 3rem}.chart .row{grid-template-columns:1fr auto;gap:.1rem .6rem}.chart .row svg{grid-column:1/-1;grid-row:2}.chart .marks{grid-column:1/-1}summary{flex-wrap:wrap;gap:.2rem .6rem}summary .what{order:3;flex-basis:100%}summary .id{flex:1}}
@media print{details{break-inside:avoid}body{background:#fff}}
`
