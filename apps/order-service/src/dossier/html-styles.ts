/** Of the dossier's page. System fonts: nothing is fetched. It is a paper, and light in the dark too. */
export const styles = `
:root{color-scheme:light;background:#fff;--ink:#16202b;--soft:#5b6773;--line:#d5dbe1;--tint:#f3f6f8;--late:#9a4b00;--refused:#a11a1a;--accent:#0b5c8a}
*{box-sizing:border-box}
body{font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif;color:var(--ink);max-width:1040px;margin:0 auto;padding:28px 24px 48px;overflow-wrap:anywhere}
h1{font-size:28px;line-height:1.2;margin:2px 0 12px}
h2{font-size:17px;margin:30px 0 8px;padding-bottom:4px;border-bottom:2px solid var(--ink)}
h2.person{font-size:13px;border:0;margin:0;color:var(--soft)}
h3{font-size:14px;margin:0 0 6px}
.kind,.small{color:var(--soft);font-size:12px;margin:4px 0}
.status{white-space:nowrap;font-size:14px;font-weight:600;vertical-align:middle;border:1.5px solid var(--ink);border-radius:4px;padding:2px 8px;margin-left:6px}
dl{margin:0}
dt{color:var(--soft);font-size:12px}
dd{margin:0}
.about{display:flex;flex-wrap:wrap;gap:8px 28px}
#person{margin:0 0 8px}
.figures{list-style:none;display:flex;flex-wrap:wrap;margin:16px 0 0;padding:0;border:1px solid var(--ink);border-radius:6px}
.figures li{flex:1 1 110px;padding:8px 12px;border-left:1px solid var(--line)}
.figures li:first-child{border-left:0}
.figures span{display:block;color:var(--soft);font-size:12px}
.figures b{font-size:17px;font-variant-numeric:tabular-nums;white-space:nowrap}
.gaps{margin-top:16px;color:var(--late)}
.notices{margin:12px 0 0;padding:8px 12px 8px 28px;background:#fff6e8;border-left:4px solid var(--late)}
table{border-collapse:collapse;width:100%}
th{overflow-wrap:normal;font-size:12px;color:var(--soft);text-align:left;font-weight:600;border-bottom:1px solid var(--ink)}
th,td{padding:5px 8px 5px 0;vertical-align:top}
td{border-bottom:1px solid var(--line)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:0;padding-left:10px}
.money td.n{color:var(--soft)}
.money td.n.changed{color:var(--ink);font-weight:700}
.money tbody tr:last-child td{border-bottom:2px solid var(--ink)}
.money td:first-child,.hashes td:first-child{white-space:nowrap}
.when{white-space:nowrap;font-variant-numeric:tabular-nums}
a{color:var(--accent)}
.by{color:var(--soft);font-size:12px}
.late{font-style:normal;font-size:11px;font-weight:600;color:var(--late);border:1px solid var(--late);border-radius:3px;padding:0 4px;white-space:nowrap}
article{border-left:3px solid var(--accent);padding:2px 0 2px 12px;margin:0 0 16px;break-inside:avoid}
article.refused{border-color:var(--refused)}
.version{display:inline-block;min-width:22px;text-align:center;background:var(--accent);color:#fff;border-radius:3px;padding:0 5px}
dl.fact div,dl.proof div{display:grid;grid-template-columns:110px 1fr;gap:8px}
dl.fact dt,dl.proof dt{padding-top:1px}
.changes{margin:6px 0 0;padding:6px 8px 6px 24px;background:var(--tint)}
code,dl.proof dd{font:11px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.previous{color:var(--soft)}
@media screen and (max-width:640px){body{padding:20px 16px 40px}section{overflow-x:auto}.money,.money tbody{display:block}.money thead{display:none}.money tr{display:grid;grid-template-columns:repeat(3,1fr);gap:2px 10px;padding:8px 0;border-bottom:1px solid var(--line)}.money td{border:0!important;padding:0}.money td:nth-child(2){grid-column:2/-1}.money td:nth-child(3){grid-column:1/-1}.money td.n{text-align:left}.money td.n::before{content:attr(data-sum);display:block;font-size:12px;font-weight:400;color:var(--soft)}dl.fact div,dl.proof div{grid-template-columns:88px 1fr}}
@page{size:A4;margin:14mm 12mm}
@media print{body{font-size:10.5px;max-width:none;padding:0}h1{font-size:20px}h2{font-size:13px;margin-top:18px;break-after:avoid}h3{font-size:11px}dt,th,.kind,.small,.by{font-size:9px}.figures b{font-size:12.5px}.figures li{flex-basis:70px;padding:5px 8px}code,dl.proof dd{font-size:8px}a{color:inherit;text-decoration:none}thead{display:table-header-group}tr{break-inside:avoid}.notices,.changes,.version{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
