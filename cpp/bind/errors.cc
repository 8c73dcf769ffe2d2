#include "bind/errors.h"

#include <exception>

#include "bind/enums.h"
#include "bind/init.h"
#include "bind/text.h"

namespace pywebrtc::bind {
namespace {

const char* ExceptionName(webrtc::RTCErrorType type) {
  switch (type) {
    case webrtc::RTCErrorType::NONE:
    case webrtc::RTCErrorType::UNSUPPORTED_OPERATION:
    case webrtc::RTCErrorType::UNSUPPORTED_PARAMETER:
    case webrtc::RTCErrorType::RESOURCE_EXHAUSTED:
    case webrtc::RTCErrorType::INTERNAL_ERROR:
      return "OperationError";
    // "InvalidAccessError or TypeError depending on context": types were checked before in Python.
    case webrtc::RTCErrorType::INVALID_PARAMETER:
      return "InvalidAccessError";
    case webrtc::RTCErrorType::INVALID_RANGE:
      return "RangeError";
    case webrtc::RTCErrorType::SYNTAX_ERROR:
      return "SyntaxError";
    case webrtc::RTCErrorType::INVALID_STATE:
      return "InvalidStateError";
    case webrtc::RTCErrorType::INVALID_MODIFICATION:
      return "InvalidModificationError";
    case webrtc::RTCErrorType::NETWORK_ERROR:
      return "NetworkError";
    case webrtc::RTCErrorType::OPERATION_ERROR_WITH_DATA:
      return "RTCError";
  }
}

}  // namespace

py::object MakeException(const webrtc::RTCError& error, std::optional<int> sdp_line) {
  if (error.ok()) {
    return py::none();
  }
  py::module_ exceptions = py::module_::import("pywebrtc.exceptions");
  if (error.error_detail() == webrtc::RTCErrorDetailType::NONE) {
    return exceptions.attr(ExceptionName(error.type()))(Text(error.message()));
  }
  return exceptions.attr("RTCError")(Text(error.message()), py::arg("errorDetail") = error.error_detail(),
                                     py::arg("sctpCauseCode") = error.sctp_cause_code(),
                                     py::arg("sdpLineNumber") = sdp_line);
}

void init_errors(py::module_&) {
  // NOLINTNEXTLINE(performance-unnecessary-value-param): the signature is pybind11's
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) {
        std::rethrow_exception(pointer);
      }
    } catch (const RtcException& exception) {
      py::object instance = MakeException(exception.error);
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(instance.ptr())), instance.ptr());
    }
  });
}

}  // namespace pywebrtc::bind
