// Whose certificates a client believes.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/tls/certificate.hpp"

#include <memory>
#include <string>

struct x509_store_st;

namespace peregrine::tls {

class trust {
 public:
  static result<trust> in_system();                        // those whom this machine trusts
  static result<trust> in_file(const std::string& file);   // those alone whose certificates are in it, in PEM form
  static trust in(const std::vector<x509_ptr>& believed);  // those alone

  // Is believed as well, whoever signed it.
  void add(const x509_st& believed);

  // For the engine.
  x509_store_st* store() const noexcept { return store_.get(); }

 private:
  trust();
  std::shared_ptr<x509_store_st> store_;
};

}  // namespace peregrine::tls
