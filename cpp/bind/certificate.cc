#include "core/certificate.h"

#include <pybind11/stl.h>

#include <tuple>

#include "bind/init.h"
#include "bind/verb.h"
#include "core/mailbox.h"
#include "core/object.h"

namespace pywebrtc::bind {

void init_certificate(py::module_& m) {
  py::class_<Certificate, std::shared_ptr<Certificate>>(m, "Certificate")
      .def_property_readonly("expires", &Certificate::expires)
      .def_property_readonly("fingerprint",
                             [](const Certificate& self) -> std::optional<std::tuple<std::string, std::string>> {
                               auto fingerprint = self.fingerprint();
                               if (!fingerprint) {
                                 return std::nullopt;
                               }
                               return std::tuple(fingerprint->algorithm, fingerprint->value);
                             })
      .def_property_readonly("private_key", [](const Certificate& self) { return self.pem().private_key(); })
      .def_property_readonly("certificate", [](const Certificate& self) { return self.pem().certificate(); })
      .def_static("from_pem", Verb(&Certificate::FromPem), py::arg("private_key"), py::arg("certificate"));

  m.def("next_key", &NextKey);
  // Without a length of the modulus, ECDSA with P-256.
  m.def(
      "generate_certificate",
      [](std::shared_ptr<Mailbox> mailbox, Key target, uint64_t expires, std::optional<int> modulus_length) {
        WithoutGil([&] {
          return Certificate::Generate(
              std::move(mailbox), target, 0,
              modulus_length ? webrtc::KeyParams::RSA(*modulus_length) : webrtc::KeyParams::ECDSA(), expires);
        });
      },
      py::arg("mailbox"), py::arg("target"), py::arg("expires"), py::arg("modulus_length"));
}

}  // namespace pywebrtc::bind
