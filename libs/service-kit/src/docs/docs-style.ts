/** The page's own look over swagger-ui's: quiet, readable, without its green bar. */
export const docsStyle = `
:root { --ink: #1c2430; --paper: #fbfaf7; --rule: #dedad0; --accent: #14532d; }
body { background: var(--paper); margin: 0; }
.swagger-ui .topbar { display: none; }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-path,
.swagger-ui .opblock .opblock-summary-description, .swagger-ui table thead tr td, .swagger-ui table thead tr th,
.swagger-ui .parameter__name, .swagger-ui .response-col_status, .swagger-ui .opblock-description-wrapper p {
  font-family: ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; color: var(--ink);
}
.swagger-ui .opblock .opblock-summary-path { font-family: ui-monospace, 'SFMono-Regular', Menlo, Consolas, monospace; }
.swagger-ui .wrapper { max-width: 1080px; }
.swagger-ui .info { margin: 40px 0 16px; }
.swagger-ui .info .title { font-size: 34px; letter-spacing: -0.02em; }
.swagger-ui .info .title small.version-stamp { background: var(--accent); }
.swagger-ui .info .title small { background: var(--rule); }
.swagger-ui .info .title small pre { color: inherit; }
.swagger-ui .info .title small.version-stamp pre { color: #fff; }
.swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { color: var(--ink); background: #efece3; }
.swagger-ui .tab li button.tablinks, .swagger-ui .response-col_links { font-family: inherit; }
.swagger-ui .btn.cancel { border-color: var(--rule); color: var(--ink); }
.swagger-ui .info li, .swagger-ui .info p, .swagger-ui .info td { font-size: 15px; line-height: 1.6; color: var(--ink); }
.swagger-ui .info a { color: var(--accent); }
.swagger-ui .info code, .swagger-ui .markdown code { background: #efece3; color: var(--ink); border-radius: 4px; padding: 2px 5px; }
.swagger-ui .info .markdown pre { background: #1c2430; color: #e8e6df; border-radius: 8px; padding: 14px 16px; }
.swagger-ui .info .markdown pre code { background: none; color: inherit; padding: 0; }
.swagger-ui .scheme-container { display: none; }
.swagger-ui .opblock-tag { border-bottom: 1px solid var(--rule); font-size: 20px; }
.swagger-ui .opblock { border-radius: 8px; box-shadow: none; border: 1px solid var(--rule); background: #fff; }
.swagger-ui .opblock .opblock-summary { border: 0; padding: 8px 12px; }
.swagger-ui .opblock .opblock-summary-method { border-radius: 6px; min-width: 72px; font-weight: 600; text-shadow: none; }
.swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1d4e89; }
.swagger-ui .opblock.opblock-post .opblock-summary-method { background: var(--accent); }
.swagger-ui .opblock.opblock-put .opblock-summary-method { background: #8a5a00; }
.swagger-ui .opblock.opblock-get, .swagger-ui .opblock.opblock-post, .swagger-ui .opblock.opblock-put { background: #fff; border-color: var(--rule); }
.swagger-ui .opblock .opblock-section-header { background: #f4f2ea; box-shadow: none; }
.swagger-ui .btn.execute { background: var(--accent); border-color: var(--accent); }
.swagger-ui .highlight-code pre, .swagger-ui .microlight { border-radius: 8px; }
.swagger-ui section.models { border-color: var(--rule); background: #fff; }
@media (max-width: 640px) { .swagger-ui .info { margin: 20px 0 8px; } .swagger-ui .info .title { font-size: 26px; } }
`;
