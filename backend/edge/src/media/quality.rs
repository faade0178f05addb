//! How a leg sounds in one number: the E-model of ITU-T G.107 with the packet-loss term of its clause 7.4.2 and the
//! codec figures of ITU-T G.113, appendix I.

use super::Codec;

/// The transmission rating with every default of G.107, table 3, before delay and codec (`Ro - Is`).
const R_DEFAULT: f64 = 93.2;
/// Below this one-way delay the E-model sees no loss of interactivity (G.107, clause 7.3).
const FREE_DELAY_MS: f64 = 100.0;

/// Equipment impairment without loss, and robustness against random loss.
fn impairment(codec: Codec) -> (f64, f64) {
    match codec {
        // G.113, table I.2: G.711 with concealment (appendix I of G.711).
        Codec::Pcma | Codec::Pcmu => (0.0, 25.1),
        // G.113 gives no narrowband figure for Opus; this is conservative against listening tests at 24 kbit/s.
        Codec::Opus => (2.0, 20.0),
    }
}

/// The delay impairment `Idd` for a one-way delay `ta` in ms (G.107, equations 7-27 and 7-28).
fn delay_impairment(ta: f64) -> f64 {
    if ta <= FREE_DELAY_MS {
        return 0.0;
    }
    let x = (ta / 100.0).log2();
    25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

/// Mean opinion score, 1 to 4.5, from the share of lost packets (0 to 1) and the one-way delay, mouth to ear, in ms.
pub(crate) fn mos(codec: Codec, lost: f64, delay_ms: f64) -> f32 {
    let (ie, bpl) = impairment(codec);
    let ppl = (lost * 100.0).clamp(0.0, 100.0);
    let ie_eff = ie + (95.0 - ie) * ppl / (ppl + bpl);
    let r = R_DEFAULT - delay_impairment(delay_ms) - ie_eff;
    // G.107, annex B.
    let mos = if r <= 0.0 {
        1.0
    } else if r >= 100.0 {
        4.5
    } else {
        1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6
    };
    mos.clamp(1.0, 4.5) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_that_the_recommendation_gives() {
        // G.107: the default rating 93.2 is a MOS of 4.41.
        assert!((mos(Codec::Pcma, 0.0, 0.0) - 4.41).abs() < 0.01);
        // The equation worked by hand: X is 0.585 at 150 ms and 2 at 400 ms.
        assert!((delay_impairment(150.0) - 0.16).abs() < 0.02);
        assert!((delay_impairment(400.0) - 24.1).abs() < 0.1);
        // G.113: 5 % random loss with Bpl 25.1 costs 95 * 5 / 30.1.
        let r: f64 = 93.2 - 15.78;
        let expected = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
        assert!((f64::from(mos(Codec::Pcma, 0.05, 0.0)) - expected).abs() < 0.01);
    }

    #[test]
    fn worse_is_never_better() {
        let mut last = 5.0;
        for percent in 0..100 {
            let score = mos(Codec::Pcmu, f64::from(percent) / 100.0, 50.0);
            assert!(score <= last && (1.0..=4.5).contains(&score));
            last = score;
        }
        assert!(mos(Codec::Opus, 0.0, 500.0) < mos(Codec::Opus, 0.0, 100.0));
    }
}
