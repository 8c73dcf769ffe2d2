// Text that a remote peer may have written.
#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

namespace pywebrtc::bind {

// https://encoding.spec.whatwg.org/#utf-8-decode: it never fails, it replaces.
inline pybind11::str Text(std::string_view utf8) {
  PyObject* text = PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace");
  if (!text) {
    throw pybind11::error_already_set();
  }
  return pybind11::reinterpret_steal<pybind11::str>(text);
}

}  // namespace pywebrtc::bind
