//! Tokens that others signed: the examples of RFC 7515 (appendices A.1 and A.3) and RFC 8037 (A.4), and RSA signatures made by OpenSSL.

use rolewright_core::settings::Algorithm;

use super::{
    super::{Keys, Policy, TokenError, verify},
    issuer,
};

const NOW: i64 = 1_300_819_000;

/// A public key, and tokens of its private one, which is gone: `{"sub":"alice","exp":4102444800}`.
pub(super) const RSA: &str = r#"{"keys": [{"kty": "RSA", "kid": "rsa", "e": "AQAB", "n": "pZbK2bmd8pxayOHjAohlIlQNzEOEyT8Xo4pTS1jgTr7nO_Scvn3sm_w_L_wPG8MedUXO9p-Mk6doA9tchSxzVpjCGk49EDhsjFyiT1K7Z-hl7IOgw1edqPDlk2cjRxZSxoeiQc_2kki1DOlaUuPltJHhAuMNz4RryrYcdKZDnZYwGh938Ex31o15PNDCLeCD2445sbGxT_qpnniZXNZUZxzTwzTiEGuDL4nz_qaH_ZaVHm2SidEUTP8HgOqyCz1QJr3ODEu4642c6teqLKRLa358dM1RMWJYA3jIEusUGKPIe69dYycsj_l4PtRjOOlrbk_T1F01oGgro9eDfgyscw"}]}"#;
pub(super) const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApZbK2bmd8pxayOHjAohl\nIlQNzEOEyT8Xo4pTS1jgTr7nO/Scvn3sm/w/L/wPG8MedUXO9p+Mk6doA9tchSxz\nVpjCGk49EDhsjFyiT1K7Z+hl7IOgw1edqPDlk2cjRxZSxoeiQc/2kki1DOlaUuPl\ntJHhAuMNz4RryrYcdKZDnZYwGh938Ex31o15PNDCLeCD2445sbGxT/qpnniZXNZU\nZxzTwzTiEGuDL4nz/qaH/ZaVHm2SidEUTP8HgOqyCz1QJr3ODEu4642c6teqLKRL\na358dM1RMWJYA3jIEusUGKPIe69dYycsj/l4PtRjOOlrbk/T1F01oGgro9eDfgys\ncwIDAQAB\n-----END PUBLIC KEY-----\n";
pub(super) const SIGNED: [&str; 6] = [
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.HMajLQghaNMX60XxW5jpBd4s9RtVV2xjI442JInC79qbAn_0qFdYt5EZkDHS_-dyveBEFpZDKVIshunpmkK2SQz8tJdRNFG4LxUHeYwMnmjumXK2INiUv9VY5RyJV4uwbZpNXU7wiqtB-IYC2xn8WI61XjkUB_O-Qa0M47zOFyD1pOng-5eoULAK9jJTixba47u4B8YpnZJ2W1aaALAZ6BlreLNAUqLv9rS_BAhnE-idD-0REJfnbmvbjqC-yj-lMvrAlBcMORab6u5Jjwgt6_phk6Au2YzCXv5fZWaTU1avAhYVEh0mdjlstT75kKEe1fbio1zyGvy8CltjPtBnKg",
    "eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.AtZcGZQHiTBtKYR-N44U_P_r72SOZyqXhuz_tvzfHwZIdzqhhp7XR0jb8Y2CqHa3frEOtvXxIrgzBUPdG1h2PPfBAKtGiPxrfTrBe-rlGaVi4fvagx9eXp4u66mfbk4bIv1dG40gzxm2d4x4fP1t3YeZQzkZH2y_rOdG1oHRkfU_SN3D5u0Dv8KKTDPyYUt0bBMwhSoOn2QTMl6myseGV9rqf6ZOErHsXcQdcTUUc9D_pf8Y0WioYlRGOW6mfTusR8uiYOyTLYfe4r02CEsQ7Pi_TwWXZ3bbFLE-nVZ7Qj3gSOHGpudxlMXDmhJIBqWgYlivsD2uQ-FMdPEVUT_-0Q",
    "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.cuNWLuF_GnfrPLmJHqTXGHNF0bJlSD1hHuvBx1_Jv97Hv-NNosQURWPgfaWkcQu9xU_5nbgrJbO64QzyQZ2_joUilEaeoGEijkxlu1ox4v6ghFOpBsrBKv9HIuSviccJFXrFAaeIqPQk1QKjZYVdNwPaiuhv2Xy09itwjHQndnDq6FMETZayr0nWEwQo3T8itSxiCl4MWqQZIs7rV2n-AWxLFv6AbSNvrqns0vKjVeeH5fNFMKWL8lbCc9cm7KwyyHu3VFQgzUq1QuyJXgf8Gqy0uikiQaOy0mDAEqszIX_Qx10dgAO4nwPVd34dUP-zqIZ_PITO6w1Sr9jdGGbDMw",
    "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.ZR6DKF7QVlYQ6vngrdTb1LIICOm4e9EJVk7aMZ55TuAMkFwgr1yPBc_VpYgNKLBfCjcj7M4-QkAY8deitXcnZuZhgePJO_ytl2b8781hkByjG7B6cFY6IolpT0AjKcL9J2dL8_tl_K3ShMexEB0ZLziZ9-6JHTBAxUJpKvesfn16nOysqcaxDuPBjx3Y4MMrKz6Bi41VuJOG4GZm7MSATcgafKTgbE9yFQYVAkrDD6_ljKJ7aEyVw1I9KkKFtGb8GVXJLl8ysbBZFtxuy40eoyxWha-likyqXBpbBxaVgTMFVM0OA17YNYvPUxq789itr3na2gG1u1opMYCn2_lISQ",
    "eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.MGrcNxYzM8TWnXOEJaP0L4fUO01XwTpQIgvAuQ9YbLI0an8IwMnDY3zNtaplGl4SV5HyIOLejnuQSjffSUampGLu5ZfGFNGO_6InSqQptnCq384mtILFtRZNj8g_lEIOrk0PBnMRoP58bfSsNsSCII7nJZbWIt3kNuKmnVZhGxdfbTqzX3AykNogcEQVDtKY-XwlBZdJCfBF312jqohy0JJE6HpyoROX9VgaDFKCCoELjNAZHLl_9FfkgNqP9CHsuLKufPSMDzy3pmxwGutoEcUXX7NBiJnfqf4Q7cNTlc5aLTWSH9ddRJxvAt-fMWp_UAMMGku1Kq15PGuAXCGM5g",
    "eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6NDEwMjQ0NDgwMH0.g2iBnBDkLCVOAD08SEtaXGT1EB1g6PhUmaMkhp7aJk7h7kZ9-TQdZpVoabIulEscebZ3_4_LTgKPlrw6FslguYxcI-1vxGf81A5MqTpB_WJIfi75P7Mt6_Ix6PtGtt0XleKqa7I9f9uyZfEL4svsXeu6SbKub8zuxDLf6cOBLGcxJ_3oM35T0gCi8LpTJ7hG4nVKbw_xgmC15a4ijmpfKV29dAdvqrm83QA08pbhyy-q0qRO_-Vs5UV4nRdiGcjZ6fi76U0qOEOGz2G-46ptRRT5lVw9QMNSB-qExq4EuzdCZX43TO8GMoicG5C3p4Z7X2PtgcBm0HoQzWfH9dt3ig",
];

/// A signature that is good lets the claims be read; these have no `sub`, or are no object.
fn claims_are_reached(jwks: Keys, algorithm: Algorithm, token: &str) -> TokenError {
    let policy = Policy { algorithms: vec![algorithm], ..Policy::default() };
    verify(&policy, &jwks, token, NOW).unwrap_err()
}

#[test]
fn examples_of_the_standards() {
    let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let token = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{claims}.{signature}");
    let keys = Keys::hs256(&issuer::decode(key)).unwrap();
    assert_eq!(claims_are_reached(keys, Algorithm::Hs256, &token), TokenError::Missing { claim: "sub" });

    let point = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{claims}.{signature}");
    let keys = Keys::from_jwks(point.as_bytes()).unwrap();
    assert_eq!(claims_are_reached(keys, Algorithm::Es256, &token), TokenError::Missing { claim: "sub" });

    let point =
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                 hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let keys = Keys::from_jwks(point.as_bytes()).unwrap();
    let refused = claims_are_reached(keys, Algorithm::EdDsa, token);
    assert_eq!(refused, TokenError::NotAnObject { part: "payload" });
}

#[test]
fn every_way_of_rsa() {
    use Algorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    let algorithms = [Rs256, Rs384, Rs512, Ps256, Ps384, Ps512];
    let keys = Keys::from_jwks(RSA.as_bytes()).unwrap();
    for (algorithm, token) in algorithms.into_iter().zip(SIGNED) {
        let only = Policy { algorithms: vec![algorithm], ..Policy::default() };
        assert_eq!(verify(&only, &keys, token, NOW).unwrap().subject(), "alice", "{algorithm}");
        let others =
            Policy { algorithms: algorithms.into_iter().filter(|one| *one != algorithm).collect(), ..only };
        assert_eq!(verify(&others, &keys, token, NOW), Err(TokenError::RefusedAlgorithm { algorithm }));
    }
}
