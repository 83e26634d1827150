//! What wrk reads: one request after the other, each with another code.

use serde_json::json;
use std::path::Path;

/// Codes in one call of a partner.
const BATCH: usize = 100;

/// Writes `verify.lua`, `echo.lua` and `batch.lua`.
pub fn write(folder: &Path, codes: &[String], token: &str) -> std::io::Result<()> {
    let bodies: Vec<String> = codes.iter().map(|code| json!({"code": code}).to_string()).collect();
    let batches: Vec<String> = (0..codes.len().div_ceil(BATCH))
        .map(|first| {
            let items: Vec<_> = codes
                .iter()
                .cycle()
                .skip(first * BATCH)
                .take(BATCH)
                .enumerate()
                .map(|(place, code)| json!({"id": place.to_string(), "code": code}))
                .collect();
            json!({"items": items, "purpose": "fleet_check"}).to_string()
        })
        .collect();
    std::fs::write(folder.join("verify.lua"), script("/api/v1/verify", &bodies, None))?;
    std::fs::write(folder.join("echo.lua"), script("/bench/echo", &bodies, None))?;
    std::fs::write(folder.join("batch.lua"), script("/api/v1/partner/verify", &batches, Some(token)))
}

fn script(path: &str, bodies: &[String], token: Option<&str>) -> String {
    let bearer = token.map_or_else(String::new, |token| format!(", [\"Authorization\"] = \"Bearer {token}\""));
    // A body is JSON without newlines; the level of the brackets keeps it from ending early.
    let lines: Vec<String> = bodies.iter().map(|body| format!("  [==[{body}]==],\n")).collect();
    format!(
        "local bodies = {{\n{}}}\nlocal headers = {{ [\"Content-Type\"] = \"application/json\"{bearer} }}\nlocal made, turn = {{}}, 0\n\
         function init() for n, body in ipairs(bodies) do made[n] = wrk.format(\"POST\", \"{path}\", headers, body) end end\n\
         function request() turn = turn % #made + 1; return made[turn] end\n\
         local other = 0\nfunction response(status) if status ~= 200 then other = other + 1; print(\"status \" .. status) end end\n",
        lines.concat()
    )
}
