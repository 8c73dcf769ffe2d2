#include "bind/dlpack.h"

#include <utility>

namespace pywebrtc::bind {
namespace {

// The ABI, which is fixed: https://dmlc.github.io/dlpack/latest/c_api.html
struct DLDevice {
  int32_t device_type;
  int32_t device_id;
};

struct DLDataType {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
};

struct DLTensor {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
};

struct DLManagedTensor {
  static constexpr const char* kName = "dltensor";
  DLTensor dl_tensor;
  void* manager_ctx;
  void (*deleter)(DLManagedTensor*);
};

struct DLManagedTensorVersioned {
  static constexpr const char* kName = "dltensor_versioned";
  uint32_t major;
  uint32_t minor;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned*);
  uint64_t flags;
  DLTensor dl_tensor;
};

constexpr int32_t kCpu = 1;
constexpr uint8_t kUnsigned = 1;
constexpr uint64_t kReadOnly = 1;

template <class Managed>
struct Exported {
  SharedArray array;
  Managed managed;
};

// Any thread, with or without the GIL: what is let go of is libwebrtc's.
template <class Managed>
void Delete(Managed* managed) {
  delete static_cast<Exported<Managed>*>(managed->manager_ctx);
}

// Of a capsule that nobody took.
template <class Managed>
void Destroy(PyObject* capsule) {
  if (PyCapsule_IsValid(capsule, Managed::kName) != 0) {
    Delete(static_cast<Managed*>(PyCapsule_GetPointer(capsule, Managed::kName)));
  }
}

template <class Managed>
pybind11::capsule Export(const SharedArray& array) {
  auto exported = std::make_unique<Exported<Managed>>(Exported<Managed>{.array = array, .managed = {}});
  SharedArray& shared = exported->array;
  Managed& managed = exported->managed;
  managed.manager_ctx = exported.get();
  managed.deleter = &Delete<Managed>;
  managed.dl_tensor = {.data = const_cast<void*>(shared.data),
                       .device = {.device_type = kCpu, .device_id = 0},
                       .ndim = shared.dimensions,
                       .dtype = {.code = kUnsigned, .bits = static_cast<uint8_t>(shared.depth * 8), .lanes = 1},
                       .shape = shared.shape.data(),
                       .strides = shared.strides.data(),
                       .byte_offset = 0};
  if constexpr (requires { managed.flags; }) {
    managed.major = 1;
    managed.minor = 0;
    managed.flags = shared.read_only ? kReadOnly : 0;
  }
  pybind11::capsule capsule(static_cast<void*>(&managed), Managed::kName, &Destroy<Managed>);
  exported.release();
  return capsule;
}

}  // namespace

pybind11::capsule ToDlpack(const SharedArray& array, bool versioned) {
  return versioned ? Export<DLManagedTensorVersioned>(array) : Export<DLManagedTensor>(array);
}

}  // namespace pywebrtc::bind
