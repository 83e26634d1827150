//! How large packs and deltas are: what `examples/pack-size` measures for a nation, on four lists.

#[expect(dead_code, reason = "this test does not need all of it")]
mod common;

use common::{Issuer, NOW, issuer, payload};
use jiff::Timestamp;
use luzheng_credential::pack::{Held, Pack, PackBuilder};
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{ENTRIES, EntryBits};
use luzheng_credential::trust::{KeyUse, Roots, TrustList, sign};

struct World {
    status: Issuer,
    roots: Roots,
    trust_json: String,
    trust: TrustList,
}

impl World {
    fn new() -> Self {
        let root = FileKey::generate(Algorithm::Es256).expect("randomness");
        let status = issuer(Algorithm::Ed25519, KeyUse::Status);
        let trust_json = sign(&payload(&[&status]), &root, None).expect("a list");
        let roots = Roots::new(vec![root.public_key().clone()]);
        let trust = TrustList::open(&trust_json, &roots, 0).expect("our own list");
        Self { status, roots, trust_json, trust }
    }

    fn open(&self, bytes: Vec<u8>) -> Pack {
        let now = Timestamp::from_second(NOW).expect("a time");
        Pack::open(bytes, &self.roots, Held::default(), now).expect("our own")
    }
}

/// A small generator with a fixed seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((((z ^ (z >> 31)) >> 32) * u64::from(sides)) >> 32).expect("below 2^32")
    }

    fn value(&mut self) -> u8 {
        [3, 3, 3, 3, 3, 3, 3, 1, 1, 2][self.below(10) as usize]
    }
}

/// What `examples/pack-size` measures for a nation, on four lists: 10 MB for 515 million at 1 % are 15.5 bits a flagged entry, 200 kB for 80,000
/// changes are 2.5 bytes a change. So much room is not needed, and is not to be used up unseen.
#[test]
fn a_nation_fits_into_a_pocket() {
    let world = World::new();
    for (one_in, most_bits) in [(100, 10.0), (20, 7.6)] {
        let mut dice = Dice(1);
        let mut lists: Vec<Vec<(u32, u8)>> = Vec::new();
        for _ in 0..4 {
            let mut entries = Vec::new();
            for index in 0..ENTRIES {
                if dice.below(one_in) == 0 {
                    entries.push((index, dice.value()));
                }
            }
            lists.push(entries);
        }
        let build = |seq: u32, lists: &[Vec<(u32, u8)>]| {
            let mut builder = PackBuilder::new();
            for (number, entries) in (1..).zip(lists) {
                let iat = NOW - i64::from(number);
                builder.add_entries(number, EntryBits::Two, entries, iat, iat + 7 * 86_400).expect("a list");
            }
            let pack = builder.finish(seq, NOW, &world.trust, &world.trust_json, &world.status.key).expect("a pack");
            world.open(pack)
        };
        let older = build(1, &lists);
        let flagged = lists.iter().map(Vec::len).sum::<usize>() as f64;
        let bits = older.lists().map(|list| f64::from(list.size) * 8.0).sum::<f64>() / flagged;
        assert!(bits < most_bits, "{bits} bits a flagged entry, one in {one_in}");
        // 80,000 changes over 492 lists are 163 a list.
        for entries in &mut lists {
            let mut map: std::collections::BTreeMap<u32, u8> = entries.iter().copied().collect();
            for _ in 0..163 {
                map.insert(dice.below(ENTRIES), dice.value());
            }
            *entries = map.into_iter().collect();
        }
        let newer = build(2, &lists);
        let delta = older.delta_to(&newer).expect("newer");
        // Without the head, of which there is one whatever changes.
        let each = (delta.len() - 300) as f64 / (4.0 * 163.0);
        assert!(each < 2.2, "{each} bytes a change");
        assert!(older.as_bytes().len() < 5_000 + (flagged * most_bits / 8.0) as usize);
    }
}
