"""Certificates for a TLS listener, signed by themselves."""

import datetime
import ipaddress
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def write_certificate(directory, name="localhost", passphrase=None):
    """Writes cert.pem and key.pem; the certificate's serial number."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime(2020, 1, 1)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now)
                   .not_valid_after(now + datetime.timedelta(days=36500)).add_extension(names, False)
                   .sign(key, hashes.SHA256()))
    pem = serialization.Encoding.PEM
    (directory / "cert.pem").write_bytes(certificate.public_bytes(pem))
    encryption = (serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption())
    (directory / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, encryption))
    (directory / "key.pem").chmod(0o600)
    return certificate.serial_number


def context(least=None, most=None, ciphers=None):
    """A client's context that takes any certificate and allows even what nobody should."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if ciphers is not None:
        made.set_ciphers(ciphers)
    if least is not None:
        made.minimum_version = least
    if most is not None:
        made.maximum_version = most
    return made


def serial_of(tls_socket):
    return x509.load_der_x509_certificate(tls_socket.getpeercert(True)).serial_number
