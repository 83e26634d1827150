//! How long a printed page takes and how large it is; with a folder as its argument it leaves the pages there to be looked at.
//!
//! `cargo run -p luzheng --example measure-pages -- FOLDER`

use jiff::civil::date;
use luzheng::paper::{self, Language, Mark, Page};
use luzheng_credential::qr::text;
use luzheng_domain::text::Text;
use luzheng_domain::vehicle::{Plate, PlateType, YearMonth};
use std::time::Instant;

/// Pages drawn of each sort.
const ROUNDS: u32 = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map(std::path::PathBuf::from);
    // As long as a static mark gets, and as random as a signature looks.
    let message: Vec<u8> = (0..165_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let code = text::primary("LUZHENG.EXAMPLE", &message);
    let authority = Text::fixed(
        "无锡市公安局交通警察支队车辆管理所",
        "Vehicle Administration Office, Traffic Police Detachment of Wuxi",
    );
    println!("page        language  ms a page  bytes");
    for (number, kind) in [("苏B12345", "02"), ("粤BD12345", "52")] {
        let plate = Plate { number: number.parse()?, plate_type: PlateType::from_code(kind)? };
        let mark = Mark {
            plate: &plate,
            valid_until: YearMonth::new(2027, 9).ok_or("a month")?,
            authority: &authority,
            issued_on: date(2026, 11, 21),
            code_text: &code,
            message: &message,
            key: "0123456789abcdef",
            demo: kind == "02",
        };
        for page in Page::ALL {
            for language in Language::ALL {
                let mut pdf = paper::pdf(&mark, page, language)?;
                let start = Instant::now();
                for _ in 0..ROUNDS {
                    pdf = paper::pdf(&mark, page, language)?;
                }
                let each = start.elapsed().as_secs_f64() * 1_000.0 / f64::from(ROUNDS);
                println!("{:<11} {:<9} {each:>9.1}  {}", page.code(), language.tag(), pdf.len());
                if let Some(folder) = &folder {
                    std::fs::write(folder.join(format!("{number}-{}-{}.pdf", page.code(), language.tag())), &pdf)?;
                }
            }
        }
    }
    Ok(())
}
