"""What makes a request AWS-shaped: service models, protocols, errors, filters, pagination, ids."""
