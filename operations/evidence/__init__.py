"""Evidence for auditors, made from a synth without AWS."""
