// What the origin (bench/native/origin.cc) answers, and the variable that tells where it is.

export interface Env {
  ORIGIN: string;
}

export interface Product {
  id: number;
  name: string;
  price: number;
  currency: string;
  stock: Record<string, number>;
}
